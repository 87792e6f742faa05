import { TouchstoneError } from '../../domain/errors.ts';
import type { SignalContent, SignalValue } from '../../domain/signal.ts';
import type { SignalDefinition, Signals } from '../registry.ts';

/** The signal values of one run, by kind and slot; `undefined` is unknown. Slots are given out when a pack is loaded. */
export interface Frame {
  readonly bools: (boolean | undefined)[];
  readonly ints: (bigint | undefined)[];
  readonly texts: (string | undefined)[];
  readonly lists: (readonly string[] | undefined)[];
}

export type SlotKind = keyof Frame;

export interface Slot {
  readonly definition: SignalDefinition;
  readonly kind: SlotKind;
  readonly index: number;
}

export function kindOf(definition: SignalDefinition): SlotKind {
  switch (definition.type) {
    case 'bool':
      return 'bools';
    case 'string':
      return 'texts';
    case 'strings':
      return 'lists';
    default:
      return 'ints';
  }
}

/** Gives each signal that is read a slot, once, and builds frames of that layout. */
export class FrameLayout {
  private readonly slots = new Map<string, Slot>();
  private readonly sizes = { bools: 0, ints: 0, texts: 0, lists: 0 };
  private listing: readonly Slot[] = [];
  private claim: readonly Slot[] = [];

  slotOf(definition: SignalDefinition): Slot {
    const known = this.slots.get(definition.name);
    if (known !== undefined) return known;
    const kind = kindOf(definition);
    const slot = { definition, kind, index: this.sizes[kind]++ };
    this.slots.set(definition.name, slot);
    if (definition.scope === 'listing') this.listing = [...this.listing, slot];
    else this.claim = [...this.claim, slot];
    return slot;
  }

  /** A place for the variable of one `exists` or `all`. */
  localText(): number {
    return this.sizes.texts++;
  }

  listingFrame(signals: Signals): Frame {
    const frame: Frame = {
      bools: new Array<boolean | undefined>(this.sizes.bools).fill(undefined),
      ints: new Array<bigint | undefined>(this.sizes.ints).fill(undefined),
      texts: new Array<string | undefined>(this.sizes.texts).fill(undefined),
      lists: new Array<readonly string[] | undefined>(this.sizes.lists).fill(undefined),
    };
    for (const slot of this.listing) fill(frame, slot, signals[slot.definition.name]);
    return frame;
  }

  claimFrame(listing: Frame, signals: Signals): Frame {
    const frame: Frame = {
      bools: listing.bools.slice(),
      ints: listing.ints.slice(),
      texts: listing.texts.slice(),
      lists: listing.lists.slice(),
    };
    for (const slot of this.claim) fill(frame, slot, signals[slot.definition.name]);
    return frame;
  }
}

function fill(frame: Frame, slot: Slot, signal: SignalValue | undefined): void {
  if (signal === undefined || !signal.known) return;
  const { value } = signal;
  switch (slot.kind) {
    case 'bools':
      if (typeof value !== 'boolean') throw wrongType(slot, value);
      frame.bools[slot.index] = value;
      return;
    case 'texts':
      if (typeof value !== 'string') throw wrongType(slot, value);
      frame.texts[slot.index] = value;
      return;
    case 'lists':
      if (typeof value !== 'object') throw wrongType(slot, value);
      frame.lists[slot.index] = value;
      return;
    case 'ints':
      if (typeof value !== 'bigint') throw wrongType(slot, value);
      frame.ints[slot.index] = value;
  }
}

function wrongType(slot: Slot, value: unknown): TouchstoneError {
  const { name, type } = slot.definition;
  const reason = `a ${type} signal cannot hold a ${typeof value}`;
  return new TouchstoneError('validation_failed', `Signal ${name}: ${reason}`, [{ pointer: `/${name}`, reason }]);
}

/** The value in a slot, or undefined when unknown. */
export function valueAt(frame: Frame, slot: Slot): SignalContent | undefined {
  return frame[slot.kind][slot.index];
}
