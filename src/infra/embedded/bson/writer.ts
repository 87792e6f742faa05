import { BsonType, type Value } from './value.ts';

/** Builds BSON front to back in one growing buffer; `open`/`close` patch the lengths of nested documents. */
export class BsonWriter {
  bytes: Buffer;
  length: number;
  readonly #starts: number[] = [];

  constructor(capacity = 256, reserved = 0) {
    this.bytes = Buffer.allocUnsafe(Math.max(capacity, reserved + 64));
    this.length = reserved;
  }

  reserve(count: number): number {
    const at = this.length;
    const needed = at + count;
    if (needed > this.bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
      this.bytes.copy(grown, 0, 0, at);
      this.bytes = grown;
    }
    this.length = needed;
    return at;
  }

  /** Begins a document without a name: the outermost one. */
  begin(): this {
    this.#starts.push(this.reserve(4));
    return this;
  }

  end(): this {
    const start = this.#starts.pop() ?? 0;
    const at = this.reserve(1);
    this.bytes[at] = 0;
    this.bytes.writeInt32LE(this.length - start, start);
    return this;
  }

  /** Takes the end of the outermost document, which began at `start`, back. */
  reopen(start: number): this {
    this.length -= 1;
    this.#starts.push(start);
    return this;
  }

  name(type: number, name: string): this {
    const most = name.length * 3 + 2;
    const at = this.reserve(most);
    this.bytes[at] = type;
    let position = at + 1;
    let ascii = name.length < 24;
    for (let index = 0; ascii && index < name.length; index += 1) {
      const code = name.charCodeAt(index);
      if (code > 127) ascii = false;
      this.bytes[position + index] = code;
    }
    position += ascii ? name.length : this.bytes.write(name, position, 'utf8');
    this.bytes[position] = 0;
    this.length = position + 1;
    return this;
  }

  object(name: string): this {
    return this.name(BsonType.object, name).begin();
  }

  array(name: string): this {
    return this.name(BsonType.array, name).begin();
  }

  value(name: string, value: Value): this {
    this.name(value.type, name);
    return this.copy(value.bytes, value.start, value.end);
  }

  /** A complete document as the value of `name`. */
  document(name: string, bytes: Buffer): this {
    this.name(BsonType.object, name);
    return this.copy(bytes, 0, bytes.length);
  }

  copy(bytes: Buffer, start: number, end: number): this {
    const at = this.reserve(end - start);
    if (end - start < 24) {
      for (let index = start, to = at; index < end; index += 1, to += 1) this.bytes[to] = bytes[index] ?? 0;
    } else {
      bytes.copy(this.bytes, at, start, end);
    }
    return this;
  }

  int32(name: string, value: number): this {
    this.name(BsonType.int32, name);
    const at = this.reserve(4);
    this.bytes.writeInt32LE(value, at);
    return this;
  }

  int64(name: string, value: bigint): this {
    this.name(BsonType.int64, name);
    const at = this.reserve(8);
    this.bytes.writeBigInt64LE(value, at);
    return this;
  }

  double(name: string, value: number): this {
    this.name(BsonType.double, name);
    const at = this.reserve(8);
    this.bytes.writeDoubleLE(value, at);
    return this;
  }

  /** An int32 when it fits, otherwise an int64. */
  integer(name: string, value: number): this {
    return value === (value | 0) ? this.int32(name, value) : this.int64(name, BigInt(value));
  }

  boolean(name: string, value: boolean): this {
    this.name(BsonType.boolean, name);
    const at = this.reserve(1);
    this.bytes[at] = value ? 1 : 0;
    return this;
  }

  null(name: string): this {
    return this.name(BsonType.null, name);
  }

  string(name: string, value: string): this {
    this.name(BsonType.string, name);
    const size = Buffer.byteLength(value);
    const at = this.reserve(size + 5);
    this.bytes.writeInt32LE(size + 1, at);
    this.bytes.write(value, at + 4, 'utf8');
    this.bytes[at + 4 + size] = 0;
    return this;
  }

  /** Milliseconds since 1970 UTC. */
  date(name: string, milliseconds: number): this {
    this.name(BsonType.date, name);
    const at = this.reserve(8);
    this.bytes.writeBigInt64LE(BigInt(milliseconds), at);
    return this;
  }

  /** What has been written, sharing memory with the writer. */
  result(): Buffer {
    return this.bytes.subarray(0, this.length);
  }
}

/** One document, built by `build`. */
export function buildDocument(build: (writer: BsonWriter) => void): Buffer {
  const writer = new BsonWriter();
  writer.begin();
  build(writer);
  writer.end();
  return writer.result();
}
