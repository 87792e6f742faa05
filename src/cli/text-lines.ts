import { once } from 'node:events';
import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';

export interface TextLine {
  /** From 1. */
  readonly number: number;
  readonly text: string;
  /** The line was longer than any row that we know; `text` is its beginning. */
  readonly overlong: boolean;
}

/** Compressed data that ends or breaks before its end. What came before it was handed on. */
export class BrokenCompression extends Error {
  override readonly name = 'BrokenCompression';
}

const GZIP_MAGIC = [0x1f, 0x8b];
/** Small, so that data that was compressed a thousandfold stays small in memory too. */
const CHUNK_BYTES = 64 * 1024;
const MAX_LINE = 8 * 1024 * 1024;
const SHOWN = 200;

/**
 * The lines of a UTF-8 file, plain or gzip by its first bytes, in batches as they are read; a byte order mark is
 * skipped. Memory does not grow with the file. `onBytes` hears of every byte of the file itself.
 * @throws BrokenCompression after the last whole line before the break.
 */
export async function* textLines(file: string, onBytes: (count: number) => void): AsyncGenerator<TextLine[]> {
  const decoder = new TextDecoder();
  let number = 0;
  let rest = '';
  let overlong = false;
  const lineOf = (text: string): TextLine => {
    number += 1;
    const line = { number, text, overlong };
    overlong = false;
    return line;
  };
  for await (const bytes of decompressed(file, onBytes)) {
    const texts = decoder.decode(bytes, { stream: true }).split('\n');
    const last = texts.pop() ?? '';
    if (texts.length > 0) {
      texts[0] = rest + texts[0];
      rest = last;
      yield texts.map(lineOf);
    } else if (!overlong) {
      rest += last;
    }
    if (rest.length > MAX_LINE) {
      overlong = true;
      rest = rest.slice(0, SHOWN);
    }
  }
  rest += decoder.decode();
  if (rest !== '') yield [lineOf(rest)];
}

async function* decompressed(file: string, onBytes: (count: number) => void): AsyncGenerator<Buffer> {
  let inflate: Inflate | null = null;
  let first = true;
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK_BYTES })) {
    const bytes = Buffer.from(chunk);
    onBytes(bytes.length);
    if (first && GZIP_MAGIC.every((byte, index) => bytes[index] === byte)) inflate = new Inflate();
    first = false;
    if (inflate === null) yield bytes;
    else yield* await inflate.push(bytes);
  }
  if (inflate !== null) yield* inflate.end();
}

/** Gunzip that hands out all that it could decompress before it says that the rest is broken. */
class Inflate {
  readonly #gunzip = createGunzip();
  readonly #closed: Promise<unknown>;
  readonly #ready: Buffer[] = [];
  #failure: Error | null = null;

  constructor() {
    this.#gunzip.on('data', (chunk: Buffer) => this.#ready.push(chunk));
    this.#gunzip.on('error', (error) => {
      this.#failure = error;
    });
    this.#closed = once(this.#gunzip, 'close').catch(() => undefined);
  }

  async push(bytes: Buffer): Promise<Buffer[]> {
    if (this.#failure === null) await new Promise<void>((resolve) => this.#gunzip.write(bytes, () => resolve()));
    return this.#ready.splice(0);
  }

  async *end(): AsyncGenerator<Buffer> {
    this.#gunzip.end();
    await this.#closed;
    yield* this.#ready.splice(0);
    if (this.#failure !== null) throw new BrokenCompression(this.#failure.message);
  }
}
