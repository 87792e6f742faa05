import { type ChainBreak, checkLink, type Sha256, STREAM_START } from '../../domain/journal/chain.ts';
import type { StreamHead } from '../../domain/journal/event.ts';
import type { CheckpointRepo } from './checkpoint-repo.ts';
import { type Checkpoint, checkCheckpoint, type Signer } from './checkpoints.ts';
import type { JournalRepo } from './repo.ts';

const BATCH = 2_000;

export interface ChainReport {
  readonly entries: number;
  readonly streams: number;
  readonly checkpoints: number;
  /** Entries that the last checkpoint covers. */
  readonly signed: number;
  /** The first break, or null. */
  readonly broken: { readonly at: string; readonly reason: string } | null;
}

export interface ChainSources {
  readonly journal: JournalRepo;
  readonly checkpoints: CheckpointRepo;
  readonly signer: Signer;
  readonly sha256: Sha256;
}

/**
 * Reads the whole journal once: positions without gaps, every stream linked, every checkpoint signed over what stands
 * there now. Stops at the first break.
 */
export async function verifyChain({ journal, checkpoints, signer, sha256 }: ChainSources): Promise<ChainReport> {
  const heads = new Map<string, StreamHead>();
  const seals = new SealCheck(checkpoints, signer, sha256);
  let position = 0;
  const report = (broken: ChainReport['broken']): ChainReport => ({
    entries: position,
    streams: heads.size,
    checkpoints: seals.checked,
    signed: seals.signed,
    broken,
  });
  for (;;) {
    const entries = await journal.after(position, BATCH);
    for (const { position: found, event } of entries) {
      const at = `position ${position + 1}`;
      if (found !== position + 1) return report({ at, reason: 'the entry is missing' });
      const fault = checkLink(heads.get(event.stream) ?? STREAM_START, event, sha256);
      if (fault !== null) return report({ at: `${at} (${event.id})`, reason: REASONS[fault] });
      heads.set(event.stream, { sequence: event.sequence, hash: event.hash });
      position = found;
      const broken = await seals.add(event.hash);
      if (broken !== null) return report(broken);
    }
    if (entries.length > 0) continue;
    const broken = await seals.end();
    // A checkpoint that was signed while this ran covers entries that have come since the last look.
    if (broken === null || (await journal.after(position, 1)).length === 0) return report(broken);
  }
}

const REASONS: Readonly<Record<ChainBreak, string>> = {
  sequence: 'the stream skips or repeats an event',
  link: 'the entry does not link to the one before it in its stream',
  content: 'the entry was changed',
};

/** Checks each checkpoint as soon as the entries that it covers have been read. */
class SealCheck {
  checked = 0;
  signed = 0;
  readonly #repo: CheckpointRepo;
  readonly #signer: Signer;
  readonly #sha256: Sha256;
  #hashes: string[] = [];
  #previous: Checkpoint | null = null;
  #next: Checkpoint | null = null;
  #loaded = false;

  constructor(repo: CheckpointRepo, signer: Signer, sha256: Sha256) {
    this.#repo = repo;
    this.#signer = signer;
    this.#sha256 = sha256;
  }

  async add(hash: string): Promise<ChainReport['broken']> {
    await this.#load();
    if (this.#next === null) return null;
    this.#hashes.push(hash);
    if (this.signed + this.#hashes.length < this.#next.to) return null;
    return this.#check(this.#next);
  }

  /** A checkpoint that reaches behind the journal's end says that entries were cut off. */
  async end(): Promise<ChainReport['broken']> {
    await this.#load();
    if (this.#next === null) return null;
    return {
      at: `checkpoint ${this.#next.number}`,
      reason: `covers entries up to ${this.#next.to}, the journal ends before`,
    };
  }

  async #check(checkpoint: Checkpoint): Promise<ChainReport['broken']> {
    const fault = checkCheckpoint(this.#previous, checkpoint, this.#hashes, this.#sha256, this.#signer);
    if (fault !== null) return { at: `checkpoint ${checkpoint.number}`, reason: `does not hold: ${fault}` };
    this.checked += 1;
    this.signed = checkpoint.to;
    this.#hashes = [];
    this.#previous = checkpoint;
    this.#loaded = false;
    return null;
  }

  async #load(): Promise<void> {
    if (this.#loaded) return;
    const [next] = await this.#repo.after(this.#previous?.number ?? 0, 1);
    this.#next = next ?? null;
    this.#loaded = true;
  }
}
