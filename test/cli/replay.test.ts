import { makeListing, makeObservation, ndjson } from '../support/fixtures.ts';
import { openWorld, type TestWorld } from '../support/world.ts';
import { Workplace } from './touchstone.ts';

let world: TestWorld;
let place: Workplace;
let decisionId: string;

beforeAll(async () => {
  world = await openWorld();
  place = await Workplace.open({ MONGO_DATABASE: world.queuePrefix });
  const platform = await world.as('platform');
  const merchant = { entityType: 'company', region: 'CN-44', zone: 'Asia/Shanghai', standing: 'good' };
  await platform.put('/v1/merchants/M1').send(merchant).expect(201);
  const shop = { merchantId: 'M1', name: '示例店', zone: 'Asia/Shanghai', jurisdiction: 'CN' };
  await platform.put('/v1/shops/S1').send(shop).expect(201);
  const sale = makeObservation({ listingId: 'A' });
  await platform
    .post('/v1/price-observations')
    .type('application/x-ndjson')
    .send(ndjson([sale]))
    .expect(200);
  const { body } = await platform
    .post('/v1/prechecks')
    .send(makeListing({ id: 'A' }))
    .expect(200);
  decisionId = body.id;
});

afterAll(async () => {
  await place.close();
  await world.close();
});

async function record(): Promise<Record<string, unknown> & { readonly answer: string; readonly basis: string }> {
  const found = await world.composition.decisions.find(decisionId);
  if (found === null) throw new Error('the decision is not stored');
  return { ...found };
}

async function replayChanged(change: object) {
  await place.write('record.json', JSON.stringify({ ...(await record()), ...change }));
  const ran = await place.run('replay', 'record.json', '--json');
  return { ...ran, result: ran.lines()[0] };
}

it('makes a stored decision again, byte for byte, from the store and from a file', async () => {
  const stored = await place.run('replay', decisionId, '--json');
  expect(stored.code).toBe(0);
  expect(stored.lines()).toMatchObject([{ ok: true, id: decisionId, answer: [], signals: [] }]);
  expect((await replayChanged({})).code).toBe(0);
});

it('finds an answer that is not what the signals give, and says where', async () => {
  const { answer } = await record();
  const { code, result } = await replayChanged({ answer: answer.replace('"outcome":"review"', '"outcome":"allow"') });
  expect(code).toBe(1);
  expect(result).toMatchObject({ ok: false, answer: [{ at: '/outcome', stored: 'allow', replayed: 'review' }] });
});

it('finds a change of bytes alone', async () => {
  const { answer } = await record();
  const { id, ...rest }: Record<string, unknown> = JSON.parse(answer);
  expect((await replayChanged({ answer: JSON.stringify({ ...rest, id }) })).code).toBe(1);
});

it('finds a snapshot, a signal or an observation that was changed afterwards', async () => {
  const { basis } = await record();
  const changes = [
    basis.replace('"title":"轻便跑鞋"', '"title":"别的鞋"'),
    basis.replace('"claim.reference":{"value":"19900"', '"claim.reference":{"value":"8900"'),
    basis.replace('"price":"8900"', '"price":"9900"'),
  ];
  for (const changed of changes) {
    expect(changed).not.toBe(basis);
    expect((await replayChanged({ basis: changed })).code).toBe(1);
  }
});

it('shows what other detectors measure without calling the decision wrong', async () => {
  const { basis } = await record();
  const older = basis.replace('"detector":"price-', '"detector":"price-0').replace('"price":"8900"', '"price":"9900"');
  const { code, result } = await replayChanged({ basis: older });
  expect(code).toBe(0);
  expect(result).toMatchObject({ ok: true, answer: [], hints: 'taken_over' });
  expect(JSON.stringify(result?.signals)).toContain('9900');
});

it('needs the rules that the decision was made under', async () => {
  const { code, result } = await replayChanged({ pack: 'sha256:other' });
  expect(code).toBe(1);
  expect(result).toMatchObject({ ok: false, pack: { stored: 'sha256:other' } });
});

it.each([
  ['nothing of that name', 'unheard-of'],
  ['a file that holds something else', 'other.json'],
])('exits with 2 for %s', async (_name, decision) => {
  await place.write('other.json', '{"id": "D1"}');
  const { code, stderr } = await place.run('replay', decision);
  expect(code).toBe(2);
  expect(stderr).toContain(decision);
});
