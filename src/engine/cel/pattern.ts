/** A pattern that is not in the subset whose matching time is linear in the text. */
export class PatternRefused extends Error {
  override readonly name = 'PatternRefused';
}

export interface SafePattern {
  readonly expression: RegExp;
  /** Upper bound of the steps per character of the text. */
  readonly cost: number;
}

const MOST_STEPS = 256;
const ATOM = /\\[dDwWsS.\\/^$|?*+()[\]{}-]|\[\^?(?:\\[dDwWsS.\\/^$|?*+()[\]{}-]|[^\]\\])+\]|[^\\()[\]{}?*+|^$]/uy;
const QUANTIFIER = /\?|\{(\d{1,2})(?:,(\d{1,2}))?\}/y;

/**
 * Accepts literals, `.`, classes, `^` and `$` at the ends, alternation at the top, and `?`, `{n}`, `{m,n}` after a
 * single character or class. Groups, `*`, `+`, back references and look-arounds are refused: without them a
 * backtracking matcher takes at most a constant number of steps per character.
 */
export function safePattern(source: string): SafePattern {
  let cost = 0;
  for (const branch of splitBranches(source)) cost += branchCost(branch);
  if (cost > MOST_STEPS) throw new PatternRefused(`it needs up to ${cost} steps a character, more than ${MOST_STEPS}`);
  try {
    return { expression: new RegExp(source, 'u'), cost };
  } catch {
    throw new PatternRefused('it is not a valid regular expression');
  }
}

function splitBranches(source: string): string[] {
  const branches: string[] = [];
  let start = 0;
  let inClass = false;
  for (let index = 0; index < source.length; index++) {
    const character = source[index];
    if (character === '\\') index++;
    else if (character === '[') inClass = true;
    else if (character === ']') inClass = false;
    else if (character === '|' && !inClass) {
      branches.push(source.slice(start, index));
      start = index + 1;
    }
  }
  branches.push(source.slice(start));
  return branches;
}

function branchCost(branch: string): number {
  let position = branch.startsWith('^') ? 1 : 0;
  const end = branch.endsWith('$') && !branch.endsWith('\\$') ? branch.length - 1 : branch.length;
  let length = 1;
  let choices = 1;
  while (position < end) {
    ATOM.lastIndex = position;
    const atom = ATOM.exec(branch);
    if (atom === null) throw new PatternRefused(`"${branch.slice(position)}" is outside the safe subset`);
    position = ATOM.lastIndex;
    QUANTIFIER.lastIndex = position;
    const quantifier = QUANTIFIER.exec(branch);
    if (quantifier === null) {
      length += 1;
      continue;
    }
    position = QUANTIFIER.lastIndex;
    const least = quantifier[1] === undefined ? 0 : Number(quantifier[1]);
    const most = quantifier[1] === undefined ? 1 : Number(quantifier[2] ?? quantifier[1]);
    length += most;
    choices *= Math.max(1, most - least + 1);
  }
  return length * choices;
}
