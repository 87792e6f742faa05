import fc from 'fast-check';
import { z } from 'zod';
import { batchBody } from '../../src/http/batch-body.ts';
import type { BodyType } from '../../src/http/body-format.ts';
import { parseJson } from '../../src/http/json-body.ts';
import { repeatedKeys } from '../../src/http/json-keys.ts';
import { identifier, money, safeText } from '../../src/http/primitives.ts';
import { RequestError } from '../../src/http/request-error.ts';

const row = z.strictObject({ id: identifier, price: money, note: safeText(5).exactOptional() });
const format = batchBody(row, { maxRows: 50, member: 'offers' });

function read(text: string, contentType: BodyType = 'application/json') {
  return format.read(Buffer.from(text), { contentType, language: 'en', requestId: 'request-1', admit: null });
}

async function refusalOf(text: string, contentType?: BodyType) {
  const error = await read(text, contentType).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof RequestError)) throw new Error(`was taken: ${text}`);
  return { code: error.code, errors: error.fields('en') };
}

describe('rows as a JSON list', () => {
  it('may stand bare or as the one member of an object', async () => {
    for (const text of [
      '[{"id":"a","price":"1"}]',
      '{"offers":[{"id":"a","price":"1"}]}',
      '\ufeff[{"id":"a","price":"1"}]',
    ]) {
      expect((await read(text)).value).toEqual({ rows: [{ line: 1, value: { id: 'a', price: 1n } }], rejected: [] });
    }
  });

  it.each([
    ['"text"', ''],
    ['null', ''],
    ['{}', '/offers'],
    ['{"offers":{}}', '/offers'],
    ['{"others":[]}', '/offers /others'],
    ['{"offers":[],"others":1,"a/b":2}', '/others /a~1b'],
    ['{"offers":[1],"offers":[2]}', '/offers'],
    ['{"offers":[1],"__proto__":[2]}', '/__proto__'],
    ['[]', ''],
  ])('is refused as a whole where it is %s', async (text, pointers) => {
    const { code, errors } = await refusalOf(text);
    expect([code, errors.map(({ pointer }) => pointer).join(' ')]).toEqual(['validation_failed', pointers]);
  });

  it('keeps its good rows when others repeat a key, hold NUL, or are nothing at all', async () => {
    const rows = [
      '{"id":"a","price":"1"}',
      '{"id":"b","price":"1","price":"2"}',
      '{"id":"c","price":"1","note":"\\u0000"}',
      'null',
      '{"id":"e","price":"1","note":"too long"}',
      '{"id":"f","price":"2"}',
    ];
    for (const text of [`[${rows.join(',')}]`, `{"offers":[${rows.join(',')}]}`]) {
      const { value } = await read(text);
      expect(value.rows.map(({ line }) => line)).toEqual([1, 6]);
      const named = value.rejected.map(({ line, problem }) => [line, problem.errors?.map(({ pointer }) => pointer)]);
      expect(named).toEqual([
        [2, ['/price']],
        [3, ['/note']],
        [4, ['']],
        [5, ['/note']],
      ]);
    }
  });

  it('gives what the same rows give as lines', async () => {
    const any = fc.oneof(
      fc.record({
        id: fc.constantFrom('a', 'b', '', '\u0000', '\ud800'),
        price: fc.constantFrom('1', '-1', 1, '9'.repeat(20)),
      }),
      fc.jsonValue({ maxDepth: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(any, { minLength: 1, maxLength: 8 }), async (rows) => {
        const texts = rows.map((one) => JSON.stringify(one));
        const lines = await read(texts.join('\n'), 'application/x-ndjson');
        const bare = await read(`[${texts.join(',')}]`);
        const wrapped = await read(`{"offers":[${texts.join(',')}]}`);
        expect(bare.value).toEqual(lines.value);
        expect(wrapped.value).toEqual(lines.value);
        expect(lines.value.rows.length + lines.value.rejected.length).toBe(rows.length);
      }),
    );
  });
});

describe('a key that an object has twice', () => {
  it('is found wherever it is, however it is spelled, and nowhere else', () => {
    expect(repeatedKeys('{"a":1,"\\u0061":2}')).toEqual([['a']]);
    expect(repeatedKeys('{"a":{"b":[{"c":1},{"c":2,"c":3}]},"d":"{\\"a\\":1,\\"a\\":2}"}')).toEqual([
      ['a', 'b', 1, 'c'],
    ]);
    expect(repeatedKeys('[{"":0,"":1},[[{"x":{},"x":[]}]]]')).toEqual([
      [0, ''],
      [1, 0, 0, 'x'],
    ]);
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), (text) => {
        expect(repeatedKeys(text)).toEqual([]);
        if (!/\\u|__proto__/.test(text)) expect(parseJson(Buffer.from(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('is refused by every reader, by its pointer', () => {
    const key = fc.string({ minLength: 1, maxLength: 6, unit: 'grapheme' }).filter((one) => one !== '__proto__');
    fc.assert(
      fc.property(key, fc.jsonValue({ maxDepth: 2 }), (name, value) => {
        const member = `${JSON.stringify(name)}:${JSON.stringify(value)}`;
        let refusal: unknown = null;
        try {
          parseJson(Buffer.from(`{"x":[{${member},"between":[":"],${member}}]}`));
        } catch (error) {
          refusal = error;
        }
        if (!(refusal instanceof RequestError)) throw new Error('was taken');
        const pointer = `/x/0/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
        expect(refusal.fields('en').map((field) => field.pointer)).toContain(pointer);
      }),
    );
  });
});
