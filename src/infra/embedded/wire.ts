import { deserialize, serialize } from 'bson';
import { documentOf, type Value, validateDocument } from './bson/value.ts';
import { BsonWriter } from './bson/writer.ts';
import { ServerError } from './errors.ts';

/** Largest message accepted, in bytes, header included. */
export const MAX_MESSAGE_SIZE = 48_000_000;
const HEADER = 16;
const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;
const CHECKSUM_PRESENT = 1;
const MORE_TO_COME = 2;
/** Flag bits below this one must be understood. */
const REQUIRED_BITS = 0xffff;

export interface Message {
  readonly requestId: number;
  readonly body: Value;
  /** Document sequences by their identifier. */
  readonly sequences: ReadonlyMap<string, readonly Value[]>;
  /** The client waits for no answer. */
  readonly silent: boolean;
  readonly legacy: boolean;
}

const NO_SEQUENCES: ReadonlyMap<string, readonly Value[]> = new Map();

/** Splits a byte stream into messages. */
export class MessageSplitter {
  #held: Buffer[] = [];
  #size = 0;

  /** Throws for a length that no message can have; the connection is then useless. */
  push(chunk: Buffer): Buffer[] {
    this.#held.push(chunk);
    this.#size += chunk.length;
    const messages: Buffer[] = [];
    while (this.#size >= HEADER) {
      const length = this.#nextLength();
      if (length < HEADER || length > MAX_MESSAGE_SIZE) throw new Error(`recv(): message length ${length} is invalid`);
      if (this.#size < length) break;
      const bytes = this.#held.length === 1 && this.#held[0] !== undefined ? this.#held[0] : Buffer.concat(this.#held);
      messages.push(bytes.subarray(0, length));
      const rest = bytes.subarray(length);
      this.#held = rest.length === 0 ? [] : [rest];
      this.#size = rest.length;
    }
    return messages;
  }

  #nextLength(): number {
    const [first] = this.#held;
    if (first !== undefined && first.length >= 4) return first.readInt32LE(0);
    const joined = Buffer.concat(this.#held);
    this.#held = [joined];
    return joined.readInt32LE(0);
  }
}

/** Throws when the bytes are not a message that this server understands. */
export function parseMessage(bytes: Buffer): Message {
  const requestId = bytes.readInt32LE(4);
  const opCode = bytes.readInt32LE(12);
  if (opCode === OP_MSG) return parseOpMsg(bytes, requestId);
  if (opCode === OP_QUERY) return parseOpQuery(bytes, requestId);
  throw new Error(`Unsupported opcode ${opCode}`);
}

function parseOpMsg(bytes: Buffer, requestId: number): Message {
  if (bytes.length < HEADER + 5) throw new Error('OP_MSG is too short');
  const flags = bytes.readUInt32LE(HEADER);
  if ((flags & REQUIRED_BITS & ~(CHECKSUM_PRESENT | MORE_TO_COME)) !== 0) throw new Error('OP_MSG has unknown flags');
  let end = bytes.length;
  if ((flags & CHECKSUM_PRESENT) !== 0) {
    end -= 4;
    if (crc32c(bytes.subarray(0, end)) !== bytes.readUInt32LE(end))
      throw new Error('OP_MSG checksum does not match contents');
  }
  let body: Value | undefined;
  let sequences = NO_SEQUENCES as Map<string, readonly Value[]>;
  let position = HEADER + 4;
  while (position < end) {
    const kind = bytes[position];
    position += 1;
    if (kind === 0) {
      if (body !== undefined) throw new Error('OP_MSG has two bodies');
      const start = position;
      position = validateDocument(bytes, start, end);
      body = documentOf(bytes, start);
    } else if (kind === 1) {
      if (sequences === NO_SEQUENCES) sequences = new Map();
      position = parseSequence(bytes, position, end, sequences);
    } else {
      throw new Error(`OP_MSG has a section of unknown kind ${kind}`);
    }
  }
  if (body === undefined) throw new Error('OP_MSG has no body');
  return { requestId, body, sequences, silent: (flags & MORE_TO_COME) !== 0, legacy: false };
}

function parseSequence(bytes: Buffer, start: number, limit: number, sequences: Map<string, readonly Value[]>): number {
  const end = start + bytes.readInt32LE(start);
  const nameEnd = bytes.indexOf(0, start + 4);
  if (end > limit || nameEnd < 0 || nameEnd >= end) throw new Error('OP_MSG document sequence is malformed');
  const name = bytes.toString('utf8', start + 4, nameEnd);
  if (sequences.has(name)) throw new Error(`OP_MSG has two document sequences named ${name}`);
  const documents: Value[] = [];
  let position = nameEnd + 1;
  while (position < end) {
    const next = validateDocument(bytes, position, end);
    documents.push(documentOf(bytes, position));
    position = next;
  }
  sequences.set(name, documents);
  return end;
}

/** Only the handshake of old and new drivers is sent this way. */
function parseOpQuery(bytes: Buffer, requestId: number): Message {
  const nameEnd = bytes.indexOf(0, HEADER + 4);
  const collection = bytes.toString('utf8', HEADER + 4, nameEnd);
  const start = nameEnd + 9;
  validateDocument(bytes, start, bytes.length);
  if (!collection.endsWith('.$cmd')) throw new Error('OP_QUERY is accepted for the handshake only');
  const command = deserialize(bytes.subarray(start, documentOf(bytes, start).end));
  const body = documentOf(Buffer.from(serialize({ ...(command.$query ?? command), $db: collection.slice(0, -5) })));
  return { requestId, body, sequences: NO_SEQUENCES, silent: false, legacy: true };
}

const REPLY_PREFIX = HEADER + 5;
const LEGACY_PREFIX = HEADER + 20;

/** An answer in the making; the message header goes in front of the document once it is complete. */
export function beginReply(capacity = 256): BsonWriter {
  return new BsonWriter(capacity, LEGACY_PREFIX).begin();
}

/** An answer that was complete, so that more can be added to it. */
export function reopenReply(reply: BsonWriter): BsonWriter {
  return reply.reopen(LEGACY_PREFIX);
}

/** The finished message. */
export function finishReply(reply: BsonWriter, request: Message, id: number): Buffer {
  const whole = reply.result();
  const start = LEGACY_PREFIX - (request.legacy ? LEGACY_PREFIX : REPLY_PREFIX);
  const message = whole.subarray(start);
  message.writeInt32LE(message.length, 0);
  message.writeInt32LE(id, 4);
  message.writeInt32LE(request.requestId, 8);
  message.writeInt32LE(request.legacy ? OP_REPLY : OP_MSG, 12);
  if (request.legacy) {
    message.writeInt32LE(8, 16);
    message.fill(0, 20, 32);
    message.writeInt32LE(1, 32);
  } else {
    message.fill(0, HEADER, REPLY_PREFIX);
  }
  return message;
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_unused, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

/** CRC-32C (Castagnoli), as the checksum of a message. */
export function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (CRC_TABLE[(crc ^ byte) & 0xff] ?? 0) ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

export function invalidMessage(error: unknown): ServerError {
  return error instanceof ServerError
    ? error
    : new ServerError(1, error instanceof Error ? error.message : String(error));
}
