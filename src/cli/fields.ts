import { TouchstoneError } from '../domain/errors.ts';

interface Found {
  readonly value: unknown;
  readonly pointer: string;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function refuse(pointer: string, reason: string): never {
  throw new TouchstoneError('validation_failed', `${pointer}: ${reason}`, [{ pointer, reason }]);
}

/**
 * Reads the fields of a JSON object that people write by hand: a name may be in snake case or camel case, and a field
 * may go by several names. A null counts as absent. Failures name the field's JSON pointer.
 */
export class Fields {
  private readonly values: ReadonlyMap<string, Found>;
  private readonly asked = new Set<string>();
  private readonly inner: Fields[] = [];
  private readonly pointer: string;

  private constructor(values: ReadonlyMap<string, Found>, pointer: string) {
    this.values = values;
    this.pointer = pointer;
  }

  static of(value: unknown, pointer: string): Fields {
    if (!isRecord(value)) return refuse(pointer, 'must be an object');
    const values = new Map<string, Found>();
    for (const [name, inner] of Object.entries(value)) {
      values.set(snakeCase(name), {
        value: inner,
        pointer: `${pointer}/${name.replace(/~/g, '~0').replace(/\//g, '~1')}`,
      });
    }
    return new Fields(values, pointer);
  }

  at(name: string): string {
    return this.values.get(name)?.pointer ?? `${this.pointer}/${name}`;
  }

  /** The first of the names that is present and not null. */
  find(...names: string[]): Found {
    for (const name of names) this.asked.add(name);
    for (const name of names) {
      const found = this.values.get(name);
      if (found !== undefined && found.value !== null) return found;
    }
    return { value: undefined, pointer: this.at(names[0] ?? '') };
  }

  text(...names: string[]): string | undefined {
    const { value, pointer } = this.find(...names);
    if (value === undefined || typeof value === 'string') return value;
    return refuse(pointer, 'must be text');
  }

  /** A list counts as true when it is not empty, so that a list of documents answers whether there is one. */
  flag(...names: string[]): boolean | undefined {
    const { value, pointer } = this.find(...names);
    if (value === undefined || typeof value === 'boolean') return value;
    return Array.isArray(value) ? value.length > 0 : refuse(pointer, 'must be true or false');
  }

  count(...names: string[]): number | undefined {
    const { value, pointer } = this.find(...names);
    if (value === undefined) return undefined;
    if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
    return refuse(pointer, 'must be a whole number above zero');
  }

  group(name: string): Fields | null {
    const { value, pointer } = this.find(name);
    return value === undefined ? null : this.keep(Fields.of(value, pointer));
  }

  rows(name: string): readonly Fields[] {
    const { value, pointer } = this.find(name);
    if (value === undefined) return [];
    if (!Array.isArray(value)) return refuse(pointer, 'must be a list');
    return value.map((row, index) => this.keep(Fields.of(row, `${pointer}/${index}`)));
  }

  /** Pointers of the fields, here and within, that were never asked for. */
  unused(): readonly string[] {
    const own = [...this.values].filter(([name]) => !this.asked.has(name)).map(([, { pointer }]) => pointer);
    return [...own, ...this.inner.flatMap((fields) => fields.unused())];
  }

  private keep(fields: Fields): Fields {
    this.inner.push(fields);
    return fields;
  }
}
