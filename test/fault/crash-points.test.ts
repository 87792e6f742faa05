import { decisionsSpec } from '../../src/features/decisions/repo.ts';
import { collectionOf } from '../../src/infra/mongo/collection.ts';
import { faultsOf } from '../support/invariants.ts';
import { openWorld, type TestWorld } from '../support/world.ts';
import { LONG_FORM, randomFrom } from './form.ts';
import { type Fault, Fuse } from './fuse.ts';
import { breakableComposition, commandsOf, friendOf, hire, importOf, precheckOf } from './story.ts';

const LIMIT_MS = LONG_FORM ? 1_200_000 : 240_000;
/** No story has more joints; a count that never ends is a defect. */
const MOST_JOINTS = 400;
/** The short form breaks some joints of each kind, the long form every one. */
const STRIDE = LONG_FORM ? 1 : 8;
const MANY = LONG_FORM ? 20 : 5;
const TRIALS = LONG_FORM ? 100 : 5;

let world: TestWorld;
/** When every command was first sent. */
let begun: number;

beforeAll(async () => {
  world = await openWorld();
  begun = world.now();
  const platform = await world.as('platform');
  await platform
    .put('/v1/merchants/M1')
    .send({ entityType: 'company', region: 'CN-44', zone: 'Asia/Shanghai', standing: 'good' })
    .expect(201);
  await platform
    .put('/v1/shops/S1')
    .send({ merchantId: 'M1', name: '示例店', zone: 'Asia/Shanghai', jurisdiction: 'CN' })
    .expect(201);
});

afterAll(() => world.close());

/** One life of the whole service, which ends at a joint or when nothing is left to do. Returns where it broke. */
async function live(name: string, life: number, joint: number, fault: Fault): Promise<string | null> {
  const fuse = new Fuse(joint, fault);
  const composition = breakableComposition(world.composition, fuse);
  const staff = hire(world, composition, `${name}-${life}`, fuse);
  try {
    for (const command of commandsOf(name, begun)) {
      await command(composition).catch(() => (fault === 'failed' ? command(composition) : undefined));
    }
    await staff.work().catch(() => undefined);
    if (fault === 'failed' && fuse.brokeAt !== null) {
      await staff.promote();
      await staff.work();
    }
  } finally {
    await staff.dismiss();
  }
  return fuse.brokeAt;
}

/** Each life begins over an empty Redis, and the client repeats its commands; the last one meets no fault. */
async function liveOften(name: string, joints: readonly number[]): Promise<(string | null)[]> {
  const brokeAt: (string | null)[] = [];
  for (const [life, joint] of [...joints, 0].entries()) brokeAt.push(await live(name, life, joint, 'killed'));
  return brokeAt;
}

/** What the story must come to, whatever broke on the way. */
async function outcomeOf(name: string) {
  const { listings, imports, decisions, connection } = world.composition;
  const stored = collectionOf<{ _id: string; listingId: string; provisional: boolean }>(connection, decisionsSpec);
  const made = await stored.find({ listingId: name }).toArray();
  const provisional = made.filter((decision) => decision.provisional);
  const listing = await listings.find(name);
  const verdict = listing?.body.verdict;
  const standing = verdict === null || verdict === undefined ? null : await decisions.find(verdict.decisionId);
  const friends = await Promise.all([1, 2, 3].map((number) => listings.find(friendOf(name, number))));
  const upload = await imports.find(importOf(name));
  return {
    verdict: verdict?.outcome,
    caps: standing === null ? null : JSON.parse(standing.answer).price.map(({ cap }: { cap: string }) => cap),
    provisional: provisional.map(({ _id }) => _id),
    import: { status: upload?.body.status, done: (upload?.body.created ?? 0) + (upload?.body.unchanged ?? 0) },
    friends: friends.map((friend) => friend?.body.verdict?.outcome),
  };
}

const expected = (name: string) => ({
  verdict: 'review',
  caps: ['6900'],
  provisional: [precheckOf(name)],
  import: { status: 'finished', done: 3 },
  friends: ['allow', 'allow', 'allow'],
});

/** Breaks the story at one joint after the other until it ends unbroken. Returns where it broke. */
async function everyJoint(first: number, story: (name: string, joint: number) => Promise<string | null>, fault: Fault) {
  const broke = new Set<string>();
  for (let joint = first; joint <= MOST_JOINTS; joint += STRIDE) {
    const name = `${fault}-${joint}`;
    const brokeAt = await story(name, joint);
    expect({ joint, brokeAt, ...(await outcomeOf(name)) }).toEqual({ joint, brokeAt, ...expected(name) });
    if (brokeAt === null) return broke;
    broke.add(brokeAt);
  }
  throw new Error(`the story has more than ${MOST_JOINTS} joints`);
}

it(
  'a service that is killed between any two steps loses no event and repeats no effect',
  async () => {
    const broke = await everyJoint(1, async (name, joint) => (await liveOften(name, [joint]))[0] ?? null, 'killed');
    expect(broke.size).toBeGreaterThan(MANY);
    expect(await faultsOf(world)).toEqual([]);
  },
  LIMIT_MS,
);

it(
  'an operation that fails, with or without effect, loses no event and repeats no effect',
  async () => {
    const broke = await everyJoint(2, (name, joint) => live(name, 1, joint, 'failed'), 'failed');
    expect(broke.size).toBeGreaterThan(MANY);
    expect(await faultsOf(world)).toEqual([]);
  },
  LIMIT_MS,
);

it(
  'a service that is killed again while it recovers loses no event and repeats no effect',
  async () => {
    const random = randomFrom(20260315);
    for (let trial = 1; trial <= TRIALS; trial += 1) {
      const name = `often-${trial}`;
      const joints = [random(150), random(120), random(100)].map((joint) => joint + 1);
      const brokeAt = await liveOften(name, joints);
      expect({ joints, brokeAt, ...(await outcomeOf(name)) }).toEqual({ joints, brokeAt, ...expected(name) });
    }
    expect(await faultsOf(world)).toEqual([]);
  },
  LIMIT_MS,
);
