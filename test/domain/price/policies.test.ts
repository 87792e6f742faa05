import { policyInForce } from '../../../src/domain/price/policy.ts';
import { parsePricePolicies } from '../../../src/engine/price-policies.ts';
import { brussels, POLICIES, shanghai } from './world.ts';

const VALID = `policies:
  - id: eu-98-6
    law: EU
    version: 1
    jurisdiction: EU
    effectiveFrom: '2022-05-28'
    zone: Europe/Brussels
    currency: EUR
    source: { title: Directive 98/6/EC, checkedOn: '2026-11-20', confidence: secondary }
    priorWindowDays: 30
    countedLayers: [public]
    percentToleranceBps: 50
    lookbackDays: 90
    raiseThenCut: { raiseBps: 1000, withinDays: 30, maxUnitShareBps: 500 }
    options: { progressive: false, maxStepGapDays: null, perishable: standard, perishableCategories: [], newlyListed: none }
memberStates:
  - id: eu-98-6-de
    basis: eu-98-6
    version: 1
    jurisdiction: EU-DE
    effectiveFrom: '2022-05-28'
    zone: Europe/Berlin
    currency: EUR
    source: { title: PAngV, checkedOn: '2026-11-20', confidence: unverified }
    options: { progressive: true, maxStepGapDays: null, perishable: exempt, perishableCategories: [food], newlyListed: none }
`;

function problems(text: string): string {
  try {
    parsePricePolicies([{ path: 'eu.yaml', text }]);
  } catch (error) {
    if (error instanceof Error) return error.message;
    throw error;
  }
  return 'accepted';
}

function replaced(from: string, to: string): string {
  if (!VALID.includes(from)) throw new Error(`${from} is not in the file`);
  return VALID.replace(from, to);
}

describe('the policies that the product ships', () => {
  test('name source, date and confidence, each version once', () => {
    expect(new Set(POLICIES.map(({ id, version }) => `${id} ${version}`)).size).toBe(POLICIES.length);
    for (const { source } of POLICIES) expect(source.title.length).toBeGreaterThan(10);
    expect(POLICIES.map(({ jurisdiction }) => jurisdiction)).toEqual(
      expect.arrayContaining([
        'CN',
        'EU',
        'EU-DE',
        'EU-AT',
        'EU-FR',
        'EU-IT',
        'EU-PL',
        'EU-ES',
        'UK',
        'US',
        'CA',
        'AU',
      ]),
    );
  });

  test("begin with the day in the law's own zone", () => {
    const begins = policyInForce(POLICIES, 'CN', shanghai('2022-07-01'));
    expect(begins.status).toBe('in_force');
    expect(policyInForce(POLICIES, 'CN', shanghai('2022-07-01') - 1)).toEqual({
      status: 'not_yet_in_force',
      from: shanghai('2022-07-01'),
    });
  });
});

describe('a policy file', () => {
  test('gives a member state the parameters of the directive with its own options', () => {
    const { policies, content } = parsePricePolicies([{ path: 'eu.yaml', text: VALID }]);
    expect(policies.find(({ jurisdiction }) => jurisdiction === 'EU-DE')).toMatchObject({
      law: 'EU',
      id: 'eu-98-6-de',
      priorWindowDays: 30,
      perishable: 'exempt',
      effectiveFrom: brussels('2022-05-28'),
    });
    expect(JSON.stringify(content)).toContain('"percentToleranceBps":"50"');
  });

  test.each([
    [replaced('priorWindowDays: 30', 'priorWindowDays: 29'), 'eu.yaml:10: ', 'shorter than 30 days'],
    [replaced('priorWindowDays', 'priorWindowDay'), 'eu.yaml:10: ', 'unknown field "priorWindowDay"'],
    [replaced('Europe/Berlin', 'Europe/Bonn'), 'eu.yaml:22: ', 'not an IANA time zone'],
    [
      replaced("'2022-05-28'\n    zone: Europe/Berlin", "'2022-02-30'\n    zone: Europe/Berlin"),
      'eu.yaml:21: ',
      'not a day',
    ],
    [replaced('basis: eu-98-6', 'basis: eu-98-7'), 'eu.yaml:18: ', 'no policy "eu-98-7"'],
    [replaced('currency: EUR', 'currency: ECU'), 'eu.yaml:8: ', 'not an ISO 4217 currency'],
    [replaced('confidence: unverified', 'confidence: sure'), 'eu.yaml:24: ', 'confidence'],
    [replaced('jurisdiction: EU-DE', 'jurisdiction: DE'), 'eu.yaml:20: ', 'must be a member state'],
    [replaced('percentToleranceBps: 50', 'percentToleranceBps: 0.5'), 'eu.yaml:12: ', 'percentToleranceBps'],
    [`${VALID}  broken`, 'eu.yaml:', ''],
  ])('that is wrong names file, line and reason (%#)', (text, place, reason) => {
    expect(problems(text)).toContain(place);
    expect(problems(text)).toContain(reason);
  });

  test('two versions of one jurisdiction never begin on the same day', () => {
    const twice = parsedTwice();
    expect(twice).toContain('eu-98-6 version 1 is stated twice');
    expect(twice).toContain('begins on the same day');
  });
});

function parsedTwice(): string {
  const [head = ''] = VALID.split('memberStates:');
  return problems(head + head.replace('policies:\n', ''));
}
