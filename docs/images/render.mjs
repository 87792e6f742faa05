// @ts-check
// Draws first-screen.txt, what a terminal showed, as first-screen.svg. Usage: node docs/images/render.mjs
import { readFileSync, writeFileSync } from 'node:fs';

const CELL = 8.4;
const LINE = 20;
const MARGIN = 20;
const COLORS = { plain: '#d7dae0', prompt: '#7fd1ae', name: '#82b1ff', text: '#e6c88a', literal: '#c792ea' };
const FONTS =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Noto Sans Mono CJK SC', 'PingFang SC', monospace";

/** A terminal gives these characters two cells. */
const WIDE = '\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60';
const RUN = new RegExp(`[${WIDE}]+|[^${WIDE}]+`, 'g');
const wide = new RegExp(`[${WIDE}]`);
const JSON_PIECE = /"(?:[^"\\]|\\.)*":?|\b(?:true|false|null)\b|[^"tfn]+|./g;

const cellsOf = (/** @type {string} */ text) =>
  [...text].reduce((sum, character) => sum + (wide.test(character) ? 2 : 1), 0);
const escaped = (/** @type {string} */ text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** @param {string} piece */
function colorOf(piece) {
  if (piece.startsWith('"')) return piece.endsWith(':') ? COLORS.name : COLORS.text;
  return /^(?:true|false|null)$/.test(piece) ? COLORS.literal : COLORS.plain;
}

/** Each run of equally wide characters has its own place, so that no viewer's font shifts what follows. */
function drawn(/** @type {string} */ line, /** @type {number} */ row) {
  const isPrompt = line.startsWith('$');
  let column = 0;
  return (isPrompt ? [line] : (line.match(JSON_PIECE) ?? [])).flatMap((piece) =>
    (piece.match(RUN) ?? []).map((run) => {
      const x = (MARGIN + column * CELL).toFixed(1);
      const length = (cellsOf(run) * CELL).toFixed(1);
      column += cellsOf(run);
      const fill = isPrompt ? COLORS.prompt : colorOf(piece);
      const place = `x="${x}" y="${MARGIN + row * LINE + 14}" textLength="${length}"`;
      return `<text ${place} fill="${fill}" xml:space="preserve">${escaped(run)}</text>`;
    }),
  );
}

const folder = new URL('.', import.meta.url);
const lines = readFileSync(new URL('first-screen.txt', folder), 'utf8').trimEnd().split('\n');
const width = Math.ceil(Math.max(...lines.map(cellsOf)) * CELL) + 2 * MARGIN;
const height = lines.length * LINE + 2 * MARGIN;
const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="${FONTS}" font-size="14">
<title>npm start, and one verdict</title>
<rect width="100%" height="100%" rx="8" fill="#1c1f26"/>
${lines.flatMap(drawn).join('\n')}
</svg>
`;
writeFileSync(new URL('first-screen.svg', folder), svg);
