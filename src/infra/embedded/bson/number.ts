import { Decimal128 } from 'bson';
import { BsonType, type Value } from './value.ts';

/** A finite number exactly: coefficient × 10^exponent. */
export interface Exact {
  readonly coefficient: bigint;
  readonly exponent: number;
}

export function decimalText(value: Value): string {
  return new Decimal128(new Uint8Array(value.raw())).toString();
}

/** The double nearest to any BSON number, NaN and the infinities included. */
export function nearestDouble(value: Value): number {
  return value.type === BsonType.decimal128 ? Number(decimalText(value)) : value.asDouble();
}

/** The exact value of a finite double. */
export function exactDouble(value: number): Exact {
  if (Number.isInteger(value)) return { coefficient: BigInt(value), exponent: 0 };
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  const fraction = bits & 0xfffffffffffffn;
  const mantissa = biased === 0 ? fraction : fraction | 0x10000000000000n;
  const exponent = (biased === 0 ? 1 : biased) - 1075;
  const coefficient = mantissa * 5n ** BigInt(-exponent);
  return { coefficient: value < 0 ? -coefficient : coefficient, exponent };
}

/** The exact value of decimal text such as `-12.5E+3`. */
export function exactText(text: string): Exact {
  const [digits = '0', power = '0'] = text.toUpperCase().split('E');
  const point = digits.indexOf('.');
  if (point < 0) return { coefficient: BigInt(digits), exponent: Number(power) };
  const coefficient = BigInt(digits.slice(0, point) + digits.slice(point + 1));
  return { coefficient, exponent: Number(power) - (digits.length - point - 1) };
}

/** Undefined for NaN and the infinities. */
export function exactValue(value: Value): Exact | undefined {
  if (value.type === BsonType.int64) return { coefficient: value.asBigInt(), exponent: 0 };
  if (value.type === BsonType.decimal128) {
    const text = decimalText(value);
    return /^-?(NaN|Infinity)$/.test(text) ? undefined : exactText(text);
  }
  const number = value.asDouble();
  return Number.isFinite(number) ? exactDouble(number) : undefined;
}

function aligned(left: Exact, right: Exact): [bigint, bigint, number] {
  const exponent = Math.min(left.exponent, right.exponent);
  return [
    left.coefficient * 10n ** BigInt(left.exponent - exponent),
    right.coefficient * 10n ** BigInt(right.exponent - exponent),
    exponent,
  ];
}

export function compareExact(left: Exact, right: Exact): number {
  if (left.coefficient === 0n || right.coefficient === 0n || left.coefficient < 0n !== right.coefficient < 0n) {
    const difference = left.coefficient < right.coefficient;
    return left.coefficient === right.coefficient ? 0 : difference ? -1 : 1;
  }
  const [a, b] = aligned(left, right);
  return a < b ? -1 : a > b ? 1 : 0;
}

export function subtractExact(left: Exact, right: Exact): Exact {
  const [a, b, exponent] = aligned(left, right);
  return { coefficient: a - b, exponent };
}

/** The double just below a positive finite one. */
function previousDouble(value: number): number {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  view.setBigUint64(0, view.getBigUint64(0) - 1n);
  return view.getFloat64(0);
}

/** The greatest double that is not above a non-negative exact value. */
export function floorToDouble(value: Exact): number {
  const near = Math.min(Number(`${value.coefficient}E${value.exponent}`), Number.MAX_VALUE);
  return compareExact(exactDouble(near), value) > 0 ? previousDouble(near) : near;
}

/** The value as a 64-bit integer when it is one exactly, otherwise undefined. */
export function wholeNumber(value: Value): bigint | undefined {
  if (value.type === BsonType.int32) return BigInt(value.asDouble());
  if (value.type === BsonType.int64) return value.asBigInt();
  const exact = exactValue(value);
  if (exact === undefined) return undefined;
  if (exact.exponent >= 0) return exact.exponent > 40 ? undefined : exact.coefficient * 10n ** BigInt(exact.exponent);
  const scale = 10n ** BigInt(-exact.exponent);
  return exact.coefficient % scale === 0n ? exact.coefficient / scale : undefined;
}
