import { decisionsSpec } from '../../src/features/decisions/repo.ts';
import type { JournalEntry } from '../../src/features/journal/repo.ts';
import { type ChainReport, verifyChain } from '../../src/features/journal/verify.ts';
import { sha256 } from '../../src/infra/crypto.ts';
import { collectionOf } from '../../src/infra/mongo/collection.ts';
import { markerKey } from '../../src/infra/mongo/markers.ts';
import type { TestWorld } from './world.ts';

type Whole = Pick<TestWorld, 'composition' | 'signer'>;

/** What is wrong with a world in which everything has been handled; nothing, when each effect happened exactly once. */
export async function faultsOf(world: Whole): Promise<string[]> {
  const entries = await journalOf(world);
  return [
    ...positionFaults(entries),
    ...verdictFaults(entries),
    ...(await decisionFaults(world, entries)),
    ...(await markerFaults(world, entries)),
    ...(await outboxFaults(world)),
    ...chainFaults(await chainOf(world)),
  ];
}

export async function journalOf({ composition }: Pick<TestWorld, 'composition'>): Promise<JournalEntry[]> {
  const entries: JournalEntry[] = [];
  for (;;) {
    const page = await composition.journal.after(entries.at(-1)?.position ?? 0, 1_000);
    if (page.length === 0) return entries;
    entries.push(...page);
  }
}

export function chainOf({ composition, signer }: Whole): Promise<ChainReport> {
  const { journal, checkpoints } = composition;
  return verifyChain({ journal, checkpoints, signer, sha256 });
}

function positionFaults(entries: readonly JournalEntry[]): string[] {
  const faults = entries.flatMap(({ position }, index) =>
    position === index + 1 ? [] : [`position ${position} stands at place ${index + 1}`],
  );
  const seen = new Set<string>();
  for (const { event } of entries) {
    if (seen.has(event.id)) faults.push(`${event.id} is journalled twice`);
    seen.add(event.id);
  }
  return faults;
}

/** A listing's verdicts follow one another, and each decision becomes the verdict once. */
function verdictFaults(entries: readonly JournalEntry[]): string[] {
  const faults: string[] = [];
  const standing = new Map<string, string>();
  const announced = new Set<string>();
  for (const { event } of entries) {
    const { listingId = '', decisionId = '' } = event.subject;
    if (event.type !== 'verdict.changed') continue;
    if (announced.has(decisionId)) faults.push(`${decisionId} became the verdict of ${listingId} twice`);
    announced.add(decisionId);
    const before = standing.get(listingId) ?? 'none';
    if (event.facts.before !== before) faults.push(`${event.id} follows ${event.facts.before}, the last was ${before}`);
    standing.set(listingId, event.facts.outcome ?? '');
  }
  return faults;
}

/** Each decision is announced once, and each announcement is of a decision that is there. */
async function decisionFaults({ composition }: Whole, entries: readonly JournalEntry[]): Promise<string[]> {
  const made = entries.filter(({ event }) => event.type.startsWith('decision.'));
  const announced = made.map(({ event }) => event.subject.decisionId ?? '').sort();
  const decisions = collectionOf<{ _id: string }>(composition.connection, decisionsSpec);
  const stored = (await decisions.find({}, { projection: { _id: 1 } }).toArray()).map(({ _id }) => _id).sort();
  return announced.join() === stored.join()
    ? []
    : [`${stored.length} decisions are stored, ${announced.length} announced`];
}

async function markerFaults({ composition }: Whole, entries: readonly JournalEntry[]): Promise<string[]> {
  const keys = entries.flatMap(({ event, work }) => work.map((job) => markerKey(event.id, job)));
  const markers = await composition.markers.find(keys);
  return keys.filter((key) => markers.get(key)?.done !== true).map((key) => `${key} is not marked as handled`);
}

async function outboxFaults({ composition }: Whole): Promise<string[]> {
  const pending = await composition.outboxes.pending(100);
  return pending.map(({ collection, id }) => `the outbox of ${collection} ${id} is not empty`);
}

function chainFaults({ broken }: ChainReport): string[] {
  return broken === null ? [] : [`${broken.at}: ${broken.reason}`];
}
