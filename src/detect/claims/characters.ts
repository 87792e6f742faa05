/** Traditional forms of the characters that words of price are written with. */
const TRADITIONAL: Readonly<Record<string, string>> = {
  價: '价',
  減: '减',
  滿: '满',
  買: '买',
  贈: '赠',
  網: '网',
  廠: '厂',
  專: '专',
  櫃: '柜',
  標: '标',
  劃: '划',
  線: '线',
  場: '场',
  議: '议',
  導: '导',
  額: '额',
  現: '现',
  僅: '仅',
  優: '优',
  歷: '历',
  倉: '仓',
  塊: '块',
  圓: '元',
  圆: '元',
  節: '节',
  萬: '万',
  兩: '两',
  領: '领',
  後: '后',
  達: '达',
  貨: '货',
  發: '发',
  體: '体',
  訂: '定',
  订: '定',
  單: '单',
  雙: '双',
  個: '个',
  貳: '二',
  贰: '二',
  壹: '一',
  叁: '三',
  參: '三',
  肆: '四',
  伍: '五',
  陆: '六',
  陸: '六',
  柒: '七',
  捌: '八',
  玖: '九',
  拾: '十',
  佰: '百',
  仟: '千',
  〇: '零',
  '￥': '¥',
  '\u3000': ' ',
  '\u00a0': ' ',
  '\u202f': ' ',
  '\u2009': ' ',
  '−': '-',
  '–': '-',
  '﹣': '-',
  '×': 'x',
  '✕': 'x',
  '﹪': '%',
};

const UNITS = 65_536;

/** One form for each UTF-16 unit: half width, lower case, simplified; positions in a text stay what they are. */
const FOLDED: Uint16Array = (() => {
  const table = new Uint16Array(UNITS);
  for (let code = 0; code < UNITS; code++) table[code] = code;
  for (let code = 0xff01; code <= 0xff5e; code++) table[code] = code - 0xfee0;
  for (let code = 0x41; code <= 0x5a; code++) {
    table[code] = code + 32;
    table[code + 0xfee0] = code + 32;
  }
  for (const [from, to] of Object.entries(TRADITIONAL)) table[from.charCodeAt(0)] = to.charCodeAt(0);
  return table;
})();

/** The folded form of the unit at `at`; 0 outside the text. */
export function foldedAt(text: string, at: number): number {
  return at >= 0 && at < text.length ? (FOLDED[text.charCodeAt(at)] ?? 0) : 0;
}

/** The folded form of a UTF-16 unit. */
export function foldedUnit(code: number): number {
  return FOLDED[code] ?? code;
}

export function fold(text: string): string {
  let folded = '';
  for (let at = 0; at < text.length; at++) folded += String.fromCharCode(foldedAt(text, at));
  return folded;
}

export const SPACE = 0x20;
export const PERCENT = 0x25;
export const HYPHEN = 0x2d;

/** Of a folded unit. */
export function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Of a folded unit: a letter of the Latin scripts, which words and model numbers are made of. */
export function isLetter(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0xc0 && code <= 0x24f && code !== 0xd7 && code !== 0xf7);
}

/** A set of folded units that is asked in one step: `set[code] === 1`. */
export function unitSet(units: Iterable<string>): Uint8Array {
  const set = new Uint8Array(UNITS);
  for (const unit of units) set[unit.charCodeAt(0)] = 1;
  return set;
}

/** The first position from `at` that is no blank. At most `limit` blanks are passed over. */
export function pastSpaces(text: string, at: number, limit = 4): number {
  let next = at;
  while (next < at + limit && foldedAt(text, next) === SPACE) next++;
  return next;
}
