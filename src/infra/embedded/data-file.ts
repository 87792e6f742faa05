import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Looks over the store's file before it is mapped into memory, where damage would end the process without a word.
 * Every page of the last committed transaction must lie in the file and be of its kind, every node inside its
 * page, every page's keys in order, and the counts must be those of the header. What a value contains carries no
 * checksum and is not looked at.
 */

/** Of the file's layout (LMDB data version 2, 64 bit, little endian); offsets in bytes. */
const HEADER_SIZE = 24;
const META_SIZE = 168;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const FREE_TREE = 48;
const MAIN_TREE = 96;
const TRANSACTION = 152;
const NODE_SIZE = 8;
const Kind = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;
const BIG_DATA = 0x01;
const NO_PAGE = 0xffffffffffffffffn;
const DEEPEST = 32;

/** What has been written in the directory, so that a lost data file is not taken for a new beginning. */
const FORMAT_FILE = 'FORMAT';
const FORMAT = 'touchstone embedded database, format 1\n';

/** The directory's data cannot be used. The message says what is wrong and what to do. */
export class DamagedDataError extends Error {
  override readonly name = 'DamagedDataError';

  constructor(directory: string, problem: string) {
    super(
      `The data in ${directory} is damaged: ${problem}. Nothing was changed. ` +
        'Restore a backup (docs/embedded.md), or move the directory away to begin with an empty database.',
    );
  }
}

interface Tree {
  readonly depth: number;
  readonly branches: number;
  readonly leaves: number;
  readonly overflows: number;
  readonly entries: number;
  readonly root: bigint;
}

/** Throws `DamagedDataError`. A directory without data passes. */
export function checkDirectory(directory: string): void {
  const path = join(directory, 'data', 'data.mdb');
  const format = join(directory, FORMAT_FILE);
  const size = existsSync(path) ? statSync(path).size : 0;
  const hadData = existsSync(format);
  if (hadData && readFileSync(format, 'utf8') !== FORMAT)
    throw new DamagedDataError(directory, `${FORMAT_FILE} names a format that this version does not know`);
  if (size === 0) {
    if (hadData) throw new DamagedDataError(directory, 'its file data/data.mdb is missing or empty');
    return;
  }
  const file = openSync(path, 'r');
  try {
    new FileCheck(file).run();
  } catch (error) {
    throw new DamagedDataError(directory, error instanceof Error ? error.message : String(error));
  } finally {
    closeSync(file);
  }
}

/** Notes that the directory has data from now on. */
export function markDirectory(directory: string): void {
  const format = join(directory, FORMAT_FILE);
  if (!existsSync(format)) writeFileSync(format, FORMAT);
}

class FileCheck {
  readonly #file: number;
  readonly #size: number;
  #pageSize = 4096;
  #branches = 0;
  #leaves = 0;
  #overflows = 0;
  #entries = 0;
  #inOrder = false;

  constructor(file: number) {
    this.#file = file;
    this.#size = fstatSync(file).size;
  }

  run(): void {
    const first = this.#meta(0);
    this.#pageSize = first.readUInt32LE(FREE_TREE);
    if (this.#pageSize < 512 || this.#pageSize > 65_536 || (this.#pageSize & (this.#pageSize - 1)) !== 0)
      throw new Error(`its page size is ${this.#pageSize}`);
    const second = this.#meta(1);
    const isFirst = first.readBigUInt64LE(TRANSACTION) >= second.readBigUInt64LE(TRANSACTION);
    const meta = isFirst ? first : second;
    this.#tree(treeAt(meta, FREE_TREE));
    // The keys of the other tree are numbers of this machine's byte order.
    this.#inOrder = true;
    this.#tree(treeAt(meta, MAIN_TREE));
  }

  #meta(page: number): Buffer {
    const bytes = this.#read(page * this.#pageSize, META_SIZE);
    if (bytes.readUInt32LE(HEADER_SIZE) !== MAGIC || (bytes.readUInt16LE(18) & Kind.meta) === 0)
      throw new Error('its header is not that of a data file');
    if ((bytes.readUInt32LE(HEADER_SIZE + 4) & 0xffff) !== DATA_VERSION)
      throw new Error('its header is of another version');
    return bytes;
  }

  #read(offset: number, length: number, into = Buffer.allocUnsafe(length)): Buffer {
    if (offset + length > this.#size)
      throw new Error(`its file ends at byte ${this.#size}, before what it should contain`);
    readSync(this.#file, into, 0, length, offset);
    return into;
  }

  #tree(tree: Tree): void {
    this.#branches = 0;
    this.#leaves = 0;
    this.#overflows = 0;
    this.#entries = 0;
    if (tree.depth > DEEPEST) throw new Error('its header contradicts itself');
    if (tree.root !== NO_PAGE) {
      const buffers = Array.from({ length: tree.depth }, () => Buffer.allocUnsafe(this.#pageSize));
      this.#page(Number(tree.root), tree.depth, buffers);
    }
    const agrees =
      this.#branches === tree.branches &&
      this.#leaves === tree.leaves &&
      this.#overflows === tree.overflows &&
      this.#entries === tree.entries;
    if (!agrees) throw new Error('it does not contain as many pages and entries as its header says');
  }

  /** One page and all below it; `level` 1 is a leaf. */
  #page(number: number, level: number, buffers: readonly Buffer<ArrayBuffer>[]): void {
    const buffer = buffers[level - 1];
    if (buffer === undefined || number < 2) throw new Error(`page ${number} cannot be where it is`);
    const page = this.#read(number * this.#pageSize, this.#pageSize, buffer);
    const wanted = level === 1 ? Kind.leaf : Kind.branch;
    if (Number(page.readBigUInt64LE(0)) !== number || (page.readUInt16LE(18) & 0xf) !== wanted)
      throw new Error(`page ${number} is not what it should be`);
    const lower = page.readUInt16LE(20);
    const upper = page.readUInt16LE(22);
    if (lower > upper || upper + HEADER_SIZE > this.#pageSize) throw new Error(`page ${number} contradicts itself`);
    const count = lower >> 1;
    if (level === 1) {
      this.#leaves += 1;
      this.#entries += count;
    } else {
      this.#branches += 1;
    }
    this.#nodes(page, number, count, level, buffers);
  }

  #nodes(page: Buffer, number: number, count: number, level: number, buffers: readonly Buffer<ArrayBuffer>[]): void {
    let keyStart = 0;
    let keyEnd = 0;
    for (let at = 0; at < count; at += 1) {
      const start = page.readUInt16LE(HEADER_SIZE + at * 2) + HEADER_SIZE;
      if (start + NODE_SIZE > this.#pageSize) throw new Error(`page ${number} has an entry outside of itself`);
      const from = start + NODE_SIZE;
      const to = from + page.readUInt16LE(start + 6);
      const low = page.readUInt16LE(start) + page.readUInt16LE(start + 2) * 65_536;
      const flags = page.readUInt16LE(start + 4);
      const isBig = level === 1 && (flags & BIG_DATA) !== 0;
      const dataEnd = level > 1 ? to : to + (isBig ? 8 : low);
      if (dataEnd > this.#pageSize) throw new Error(`page ${number} has an entry outside of itself`);
      // The first key of a branch page is not kept.
      const hasBefore = at > (level > 1 ? 1 : 0);
      if (this.#inOrder && hasBefore && page.compare(page, from, to, keyStart, keyEnd) >= 0)
        throw new Error(`the entries of page ${number} are out of order`);
      keyStart = from;
      keyEnd = to;
      if (level > 1) this.#page(low + flags * 2 ** 32, level - 1, buffers);
      else if (isBig) this.#overflow(Number(page.readBigUInt64LE(to)), low);
    }
  }

  #overflow(number: number, length: number): void {
    const head = this.#read(number * this.#pageSize, HEADER_SIZE);
    const pages = head.readUInt32LE(20);
    const isRight = Number(head.readBigUInt64LE(0)) === number && (head.readUInt16LE(18) & 0xf) === Kind.overflow;
    if (!isRight || pages * this.#pageSize < length + HEADER_SIZE)
      throw new Error(`page ${number} is not what it should be`);
    if ((number + pages) * this.#pageSize > this.#size)
      throw new Error(`its file ends at byte ${this.#size}, before what it should contain`);
    this.#overflows += pages;
  }
}

function treeAt(meta: Buffer, offset: number): Tree {
  const number = (at: number) => Number(meta.readBigUInt64LE(offset + at));
  return {
    depth: meta.readUInt16LE(offset + 6),
    branches: number(8),
    leaves: number(16),
    overflows: number(24),
    entries: number(32),
    root: meta.readBigUInt64LE(offset + 40),
  };
}
