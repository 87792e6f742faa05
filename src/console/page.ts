/// <reference lib="dom" />

type Child = Node | string;

/** An element with attributes and children; text is always text, never markup. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** A table with a head row; cells of the columns in `figures` are set as figures. */
export function table(
  head: readonly string[],
  rows: readonly (readonly Child[])[],
  figures: readonly number[],
): HTMLElement {
  const cell = (child: Child, column: number) =>
    element('td', figures.includes(column) ? { class: 'figure' } : {}, child);
  return element(
    'table',
    {},
    element('thead', {}, element('tr', {}, ...head.map((text) => element('th', {}, text)))),
    element('tbody', {}, ...rows.map((row) => element('tr', {}, ...row.map(cell)))),
  );
}

export function place(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`no place ${id}`);
  return found;
}

/** Decimal major units with the currency; the exponent is that of the currency. */
export function money(minor: string | null, currency: string, language: string): string {
  if (minor === null) return '–';
  const format = new Intl.NumberFormat(language, { style: 'currency', currency });
  const digits = format.resolvedOptions().maximumFractionDigits ?? 2;
  return format.format(Number(minor) / 10 ** digits);
}
