import type { Json } from '../../domain/canonical.ts';
import type { SignalContent, SignalValue } from '../../domain/signal.ts';
import type { Registry, SignalType } from '../../engine/registry.ts';

type SignalRecord = Readonly<Record<string, SignalValue>>;

/** Signals as JSON: amounts and counts become strings, which the registry's types turn back. */
export function signalsToJson(signals: SignalRecord): { readonly [name: string]: Json } {
  const encoded: Record<string, Json> = {};
  for (const [name, signal] of Object.entries(signals)) {
    encoded[name] = signal.known
      ? { value: contentToJson(signal.value), evidence: [...signal.evidence] }
      : { unknown: { zh: signal.resolve.zh, en: signal.resolve.en } };
  }
  return encoded;
}

function contentToJson(value: SignalContent): Json {
  return typeof value === 'bigint' ? value.toString() : value;
}

/** Throws RangeError for a signal that the registry does not declare or a value that is not of its type. */
export function signalsFromJson(encoded: unknown, registry: Registry): SignalRecord {
  if (typeof encoded !== 'object' || encoded === null) throw new RangeError('signals are not an object');
  const signals: Record<string, SignalValue> = {};
  for (const [name, raw] of Object.entries(encoded)) {
    const definition = registry.find(name);
    if (definition === undefined) throw new RangeError(`signal ${name} is not declared any more`);
    signals[name] = signalFrom(name, raw, definition.type);
  }
  return signals;
}

function signalFrom(name: string, raw: unknown, type: SignalType): SignalValue {
  if (typeof raw !== 'object' || raw === null) throw new RangeError(`signal ${name} has no value`);
  if ('unknown' in raw) {
    const { unknown: resolve } = raw;
    if (typeof resolve !== 'object' || resolve === null) throw new RangeError(`signal ${name} has no reason`);
    return { known: false, resolve: { zh: textOf(resolve, 'zh'), en: textOf(resolve, 'en') } };
  }
  const value = 'value' in raw ? contentFrom(raw.value, type) : null;
  if (value === null) throw new RangeError(`signal ${name} is not a ${type}`);
  const evidence = 'evidence' in raw && Array.isArray(raw.evidence) ? raw.evidence.map(String) : [];
  return { known: true, value, evidence };
}

function textOf(holder: object, key: string): string {
  const text: unknown = Object.entries(holder).find(([name]) => name === key)?.[1];
  return typeof text === 'string' ? text : '';
}

function contentFrom(value: unknown, type: SignalType): SignalContent | null {
  if (type === 'bool') return typeof value === 'boolean' ? value : null;
  if (type === 'string') return typeof value === 'string' ? value : null;
  if (type === 'strings') return Array.isArray(value) ? value.map(String) : null;
  return typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : null;
}
