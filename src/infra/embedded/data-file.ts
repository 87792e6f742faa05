import { closeSync, existsSync, fstatSync, openSync, readFileSync, readSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Looks over the store's file before it is mapped into memory, where damage would end the process without a word.
 * Every page of the last committed transaction must lie in the file and be of its kind, every node inside its
 * page, every page's keys in order, and the counts must be those of the header. Of a large file all inner pages are
 * looked at and an even sample of the leaves. What a value contains carries no checksum and is not looked at.
 */

/** Of the file's layout (LMDB data version 2, 64 bit, little endian); offsets in bytes. */
const HEADER_SIZE = 24;
const META_SIZE = 168;
const MAGIC = 0xbeefc0de;
const DATA_VERSION = 2;
const FREE_TREE = 48;
const MAIN_TREE = 96;
const LAST_PAGE = 144;
const TRANSACTION = 152;
const NODE_SIZE = 8;
const Kind = { branch: 0x01, leaf: 0x02, overflow: 0x04, meta: 0x08 } as const;
const BIG_DATA = 0x01;
const NO_PAGE = 0xffffffffffffffffn;
const DEEPEST = 32;
/** Leaves of one tree that are looked at; more would hold up the start. */
const MOST_LEAVES = 16_384;

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
  #leaves: number[] = [];
  #overflows = 0;
  #entries = 0;
  #inOrder = false;
  #mayCutShort = true;

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
    // A file may end before its last page where that one is free; then every leaf is looked at.
    this.#mayCutShort = (Number(meta.readBigUInt64LE(LAST_PAGE)) + 1) * this.#pageSize <= this.#size;
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
    if (offset + length > this.#size) throw this.#ended();
    readSync(this.#file, into, 0, length, offset);
    return into;
  }

  #ended(): Error {
    return new Error(`its file ends at byte ${this.#size}, before what it should contain`);
  }

  #tree(tree: Tree): void {
    this.#branches = 0;
    this.#leaves = [];
    this.#overflows = 0;
    this.#entries = 0;
    if (tree.depth > DEEPEST) throw new Error('its header contradicts itself');
    if (tree.root !== NO_PAGE) {
      const buffers = Array.from({ length: tree.depth }, () => Buffer.allocUnsafe(this.#pageSize));
      this.#inner(Number(tree.root), tree.depth, buffers);
    }
    const isSampled = this.#readLeaves();
    const agrees =
      this.#branches === tree.branches &&
      this.#leaves.length === tree.leaves &&
      (isSampled || (this.#overflows === tree.overflows && this.#entries === tree.entries));
    if (!agrees) throw new Error('it does not contain as many pages and entries as its header says');
  }

  /** One inner page and all inner ones below it; notes the leaves, which are of `level` 1. */
  #inner(number: number, level: number, buffers: readonly Buffer<ArrayBuffer>[]): void {
    if ((number + 1) * this.#pageSize > this.#size) throw this.#ended();
    if (level === 1) {
      this.#leaves.push(number);
      return;
    }
    const page = this.#readPage(number, Kind.branch, buffers[level - 1]);
    this.#branches += 1;
    this.#nodes(page, number, false, (child) => this.#inner(child, level - 1, buffers));
  }

  /** The leaves in the order of the file; whether some were left out. */
  #readLeaves(): boolean {
    const stride = this.#mayCutShort ? Math.ceil(this.#leaves.length / MOST_LEAVES) : 1;
    const sorted = Float64Array.from(this.#leaves).sort();
    const buffer = Buffer.allocUnsafe(this.#pageSize);
    for (let at = 0; at < sorted.length; at += Math.max(1, stride)) {
      const number = sorted[at] ?? 0;
      const page = this.#readPage(number, Kind.leaf, buffer);
      this.#entries += page.readUInt16LE(20) >> 1;
      this.#nodes(page, number, true, (big, length) => this.#overflow(big, length));
    }
    return stride > 1;
  }

  #readPage(number: number, kind: number, buffer: Buffer<ArrayBuffer> | undefined): Buffer {
    if (buffer === undefined || number < 2) throw new Error(`page ${number} cannot be where it is`);
    const page = this.#read(number * this.#pageSize, this.#pageSize, buffer);
    if (Number(page.readBigUInt64LE(0)) !== number || (page.readUInt16LE(18) & 0xf) !== kind)
      throw new Error(`page ${number} is not what it should be`);
    const upper = page.readUInt16LE(22);
    if (page.readUInt16LE(20) > upper || upper + HEADER_SIZE > this.#pageSize)
      throw new Error(`page ${number} contradicts itself`);
    return page;
  }

  /** The entries of one page; `visit` is given each page that an entry points to, and the length of its value. */
  #nodes(page: Buffer, number: number, isLeaf: boolean, visit: (page: number, length: number) => void): void {
    const count = page.readUInt16LE(20) >> 1;
    // The first key of an inner page is not kept.
    const firstKey = isLeaf ? 0 : 1;
    let keyStart = 0;
    let keyEnd = 0;
    for (let at = 0; at < count; at += 1) {
      const start = page.readUInt16LE(HEADER_SIZE + at * 2) + HEADER_SIZE;
      if (start + NODE_SIZE > this.#pageSize) throw new Error(`page ${number} has an entry outside of itself`);
      const from = start + NODE_SIZE;
      const to = from + page.readUInt16LE(start + 6);
      const low = page.readUInt16LE(start) + page.readUInt16LE(start + 2) * 65_536;
      const flags = page.readUInt16LE(start + 4);
      const isBig = isLeaf && (flags & BIG_DATA) !== 0;
      if (to + (isBig ? 8 : isLeaf ? low : 0) > this.#pageSize)
        throw new Error(`page ${number} has an entry outside of itself`);
      if (this.#inOrder && at > firstKey && page.compare(page, from, to, keyStart, keyEnd) >= 0)
        throw new Error(`the entries of page ${number} are out of order`);
      keyStart = from;
      keyEnd = to;
      if (!isLeaf) visit(low + flags * 2 ** 32, 0);
      else if (isBig) visit(Number(page.readBigUInt64LE(to)), low);
    }
  }

  #overflow(number: number, length: number): void {
    const head = this.#read(number * this.#pageSize, HEADER_SIZE);
    const pages = head.readUInt32LE(20);
    const isRight = Number(head.readBigUInt64LE(0)) === number && (head.readUInt16LE(18) & 0xf) === Kind.overflow;
    if (!isRight || pages * this.#pageSize < length + HEADER_SIZE)
      throw new Error(`page ${number} is not what it should be`);
    if ((number + pages) * this.#pageSize > this.#size) throw this.#ended();
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
