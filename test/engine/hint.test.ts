import { readFileSync } from 'node:fs';
import type { Claim, ListingSnapshot } from '../../src/domain/listing.ts';
import { formatMoney } from '../../src/domain/money.ts';
import { known, type SignalValue } from '../../src/domain/signal.ts';
import { decide, policyInForce } from '../../src/engine/decide.ts';
import { evaluate } from '../../src/engine/evaluate.ts';
import { proposeHints, type Reevaluate } from '../../src/engine/hint.ts';
import { applyEdits } from '../../src/engine/hint-edits.ts';
import { repeatFigures } from '../../src/engine/hint-words.ts';
import { loadPack } from '../../src/engine/pack.ts';
import { createRegistry } from '../../src/engine/registry.ts';
import { CLAIMS_SIGNALS } from '../../src/engine/signals/claims.ts';
import { PRICE_CONTEXTS, PRICE_SIGNALS } from '../../src/engine/signals/price.ts';
import { sha256 } from '../../src/infra/crypto.ts';
import { signal } from './fixtures.ts';

const NOW = Date.parse('2026-03-15T00:00:00Z');

const trapRule = `
rules:
  - id: test.trap
    scope: listing
    risk: fake_goods
    constraint: review
    when: listing.trap
    explain: { zh: 陷阱, en: trap }
`;

const pack = loadPack(
  [
    ...['rules/packs/law.yaml', 'rules/packs/price.yaml', 'rules/policies/decision.yaml'].map((path) => ({
      path,
      text: readFileSync(path, 'utf8'),
    })),
    { path: 'trap.yaml', text: trapRule },
  ],
  createRegistry(
    [...PRICE_SIGNALS, ...CLAIMS_SIGNALS, signal('listing.trap', 'bool', { adversarial: true, context: 'snapshot' })],
    PRICE_CONTEXTS,
  ),
  sha256,
);
const policy = policyInForce(pack, NOW);

const claim: Claim = {
  kind: 'own',
  reference: 89_900n,
  percentBps: 7_800,
  label: '原价',
  text: '直降700元',
  sku: null,
  startsAt: NOW,
  endsAt: null,
  campaignStartsAt: null,
  basis: { disclosed: false },
};

const snapshot: ListingSnapshot = {
  id: 'L1',
  shopId: 'S1',
  merchantId: 'M1',
  jurisdiction: 'CN',
  category: 'apparel/shoes',
  title: '跑鞋 原价899 现2.2折',
  description: '立减700元,货号899A',
  brand: null,
  gtin: null,
  model: null,
  condition: null,
  grade: null,
  madeAt: null,
  expiresAt: null,
  attributes: {},
  variants: [],
  currency: 'CNY',
  price: 19_900n,
  headlinePrice: 19_900n,
  promotions: [],
  claims: [claim],
  images: [],
  lots: [],
  campaignId: null,
  at: NOW,
};

interface World {
  readonly cap: bigint;
  readonly trap?: boolean;
}

/** A little price law: the words count as well as the figures. */
function evaluateIn(world: World, listing: ListingSnapshot) {
  const claims = listing.claims.map((each): Record<string, SignalValue> => {
    const reference = each.reference ?? 0n;
    const implied = reference === 0n ? 0n : ((reference - listing.price) * 10_000n) / reference;
    const faulty = reference > world.cap || reference <= listing.price;
    return {
      'claim.kind': known(each.kind),
      'claim.reference': known(reference),
      'claim.sale': known(listing.price),
      'claim.impliedPercent': known(implied),
      ...(each.percentBps === null ? {} : { 'claim.percent': known(BigInt(each.percentBps)) }),
      ...(each.basis.labelledMsrp === undefined ? {} : { 'claim.labelledMsrp': known(each.basis.labelledMsrp) }),
      'claim.evidenceHeld': known(true),
      'price.verdict': known(each.kind === 'own' && faulty ? 'violation' : 'ok'),
      'price.cap': known(world.cap),
      'price.basis': known('lowest_sale_7d'),
    };
  });
  const headline = listing.headlinePrice === null ? {} : { 'listing.headlinePrice': known(listing.headlinePrice) };
  const signals = {
    'listing.jurisdiction': known(listing.jurisdiction),
    'listing.price': known(listing.price),
    'listing.trap': known(world.trap === true),
    ...headline,
  };
  const format = { money: (amount: bigint, language: 'zh' | 'en') => formatMoney(amount, 'CNY', language) };
  return evaluate(pack, { listing: signals, claims }, { policy, now: NOW, format });
}

function hintsIn(world: World, listing: ListingSnapshot) {
  const reevaluate: Reevaluate = (edited) =>
    decide(evaluateIn(world, edited), policy, {
      category: edited.category,
      jurisdiction: edited.jurisdiction,
      now: NOW,
    });
  return proposeHints(listing, evaluateIn(world, listing), reevaluate);
}

describe('a reference price above its cap', () => {
  it('is lowered together with the percentage and every word that repeats it', () => {
    const [hint] = hintsIn({ cap: 29_900n }, snapshot);
    expect(hint).toEqual({
      names: ['lower-reference-to-cap'],
      verified: true,
      zh: '将划线价降至 ¥299.00,并相应修改降幅与文字',
      en: 'Lower the reference price to CN¥299.00, with the percentage and words that repeat it',
      edits: [
        { path: 'claims[0].reference', value: '29900' },
        { path: 'claims[0].percent', value: 33 },
        { path: 'title', value: '跑鞋 原价299 现6.7折' },
        { path: 'description', value: '立减100元,货号899A' },
        { path: 'claims[0].text', value: '直降100元' },
      ],
    });
  });

  it('is removed, with its words, when even the cap is no reduction', () => {
    const [hint] = hintsIn({ cap: 19_900n }, snapshot);
    expect(hint).toMatchObject({
      names: ['remove-claim'],
      verified: true,
      edits: [
        { path: 'claims[0]', remove: true },
        { path: 'title', value: '跑鞋 现' },
        { path: 'description', value: '货号899A' },
      ],
    });
  });
});

describe('a listing with several faults', () => {
  const headline = { ...snapshot, headlinePrice: 9_900n };

  it('is only called repaired by edits that repair all of them', () => {
    const hints = hintsIn({ cap: 29_900n }, headline);
    expect(hints.filter(({ verified }) => verified).map(({ names }) => names)).toEqual([
      ['align-headline-price', 'lower-reference-to-cap'],
      ['align-headline-price', 'remove-claim'],
    ]);
    expect(hints.filter(({ verified }) => !verified).length).toBeGreaterThan(0);
  });

  it('is repaired by what the verified edits say', () => {
    for (const hint of hintsIn({ cap: 29_900n }, headline).filter(({ verified }) => verified)) {
      expect(evaluateIn({ cap: 29_900n }, applyEdits(headline, hint.edits)).floor).toBeNull();
    }
  });

  it('removes the right claims of several', () => {
    const lawful = { ...claim, reference: 29_900n, percentBps: 33, text: null };
    const three = {
      ...snapshot,
      title: '跑鞋',
      description: null,
      claims: [claim, { ...lawful, percentBps: 3_300 }, claim],
    };
    const removal = hintsIn({ cap: 29_900n }, three).findLast(({ names }) => names.includes('remove-claim'));
    expect(removal?.verified).toBe(true);
    expect(applyEdits(three, removal?.edits ?? []).claims.map(({ reference }) => reference)).toEqual([29_900n]);
  });
});

describe('a manufacturer price without label', () => {
  it('is labelled as one', () => {
    const msrp: Claim = {
      ...claim,
      kind: 'msrp',
      percentBps: null,
      text: null,
      basis: { disclosed: false, labelledMsrp: false },
    };
    expect(hintsIn({ cap: 99_900n }, { ...snapshot, claims: [msrp] })[0]).toMatchObject({
      names: ['label-msrp'],
      verified: true,
      edits: [
        { path: 'claims[0].label', value: '厂商建议零售价' },
        { path: 'claims[0].basis.labelledMsrp', value: true },
      ],
    });
  });
});

describe('an adversarial signal', () => {
  it('keeps hints from being called verified, and changes nothing else of them', () => {
    const open = hintsIn({ cap: 29_900n }, snapshot);
    const trapped = hintsIn({ cap: 29_900n, trap: true }, snapshot);
    expect(trapped.map(({ verified }) => verified)).not.toContain(true);
    expect(trapped.map(({ verified: _, ...rest }) => rest)).toEqual(open.map(({ verified: _, ...rest }) => rest));
  });
});

describe('edits', () => {
  it.each([
    [{ path: 'claims[7].reference', value: '1' }, 'no such claim'],
    [{ path: 'merchantId', value: 'M2' }, 'cannot be edited'],
    [{ path: 'claims[0].reference', value: '1.5' }, 'minor units'],
    [{ path: 'claims[0].percent', value: 101 }, 'percentage'],
  ])('refuse %j', (edit, reason) => {
    expect(() => applyEdits(snapshot, [edit])).toThrow(reason);
  });
});

describe('words that repeat the figures', () => {
  const from = { reference: 129_900n, sale: 64_950n, percent: 5_000n };
  const to = { reference: 99_900n, sale: 64_950n, percent: 3_400n };

  it.each([
    ['原价1299元,5折', '原价999元,6.6折'],
    ['was ¥1,299.00, now half: 50% OFF', 'was ¥999.00, now half: 34% OFF'],
    ['型号1299,容量50%以上', '型号1299,容量50%以上'],
    ['-50 % und 1.299,00', '-34 % und 1.299,00'],
    ['省649.5元 21299元', '省349.5元 21299元'],
  ])('%s becomes %s', (text, expected) => {
    expect(repeatFigures(text, 'CNY', from, to)).toBe(expected);
  });
});
