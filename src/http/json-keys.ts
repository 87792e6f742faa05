interface Open {
  /** Null for a list. */
  readonly names: Set<string> | null;
  step: PropertyKey;
}

/** Where an object of `text` has a key that it had before: the path of each such key. `text` is valid JSON. */
export function repeatedKeys(text: string): PropertyKey[][] {
  const found: PropertyKey[][] = [];
  const open: Open[] = [];
  let string = { from: 0, to: 0 };
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    const top = open.at(-1);
    if (character === '"') {
      string = { from: at, to: endOfString(text, at) };
      at = string.to - 1;
    } else if (character === '{') open.push({ names: new Set(), step: '' });
    else if (character === '[') open.push({ names: null, step: 0 });
    else if (character === '}' || character === ']') open.pop();
    else if (character === ',' && top?.names === null) top.step = Number(top.step) + 1;
    else if (character === ':' && top !== undefined && top.names !== null) {
      const name = String(JSON.parse(text.slice(string.from, string.to)));
      top.step = name;
      if (top.names.has(name)) found.push(open.map(({ step }) => step));
      top.names.add(name);
    }
  }
  return found;
}

/** The offset after the string that starts at `from`. */
function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}
