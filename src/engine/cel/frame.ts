import { TouchstoneError } from '../../domain/errors.ts';
import type { SignalContent } from '../../domain/signal.ts';
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
  readonly name: string;
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

interface Slots {
  readonly bools: readonly Slot[];
  readonly ints: readonly Slot[];
  readonly texts: readonly Slot[];
  readonly lists: readonly Slot[];
}

const NO_SLOTS: Slots = { bools: [], ints: [], texts: [], lists: [] };

/** Gives each signal that is read a slot, once, and builds frames of that layout. */
export class FrameLayout {
  private readonly slots = new Map<string, Slot>();
  private readonly sizes = { bools: 0, ints: 0, texts: 0, lists: 0 };
  private listing = NO_SLOTS;
  private claim = NO_SLOTS;

  slotOf(definition: SignalDefinition): Slot {
    const known = this.slots.get(definition.name);
    if (known !== undefined) return known;
    const kind = kindOf(definition);
    const slot = { definition, name: definition.name, kind, index: this.sizes[kind]++ };
    this.slots.set(definition.name, slot);
    if (definition.scope === 'listing') this.listing = { ...this.listing, [kind]: [...this.listing[kind], slot] };
    else this.claim = { ...this.claim, [kind]: [...this.claim[kind], slot] };
    return slot;
  }

  /** A place for the variable of one `exists` or `all`. */
  localText(): number {
    return this.sizes.texts++;
  }

  listingFrame(signals: Signals): Frame {
    const frame: Frame = {
      bools: unknowns(this.sizes.bools),
      ints: unknowns(this.sizes.ints),
      texts: unknowns(this.sizes.texts),
      lists: unknowns(this.sizes.lists),
    };
    fill(frame, this.listing, signals);
    return frame;
  }

  claimFrame(listing: Frame, signals: Signals): Frame {
    const frame: Frame = {
      bools: listing.bools.slice(),
      ints: listing.ints.slice(),
      texts: listing.texts.slice(),
      lists: listing.lists.slice(),
    };
    fill(frame, this.claim, signals);
    return frame;
  }
}

function unknowns<T>(size: number): (T | undefined)[] {
  const slots: (T | undefined)[] = [];
  for (let index = 0; index < size; index++) slots.push(undefined);
  return slots;
}

/** One loop a kind: each then sees values of one type only, which is what makes them quick. */
function fill(frame: Frame, slots: Slots, signals: Signals): void {
  for (const slot of slots.ints) {
    const signal = signals[slot.name];
    if (signal === undefined || !signal.known) continue;
    if (typeof signal.value !== 'bigint') throw wrongType(slot, signal.value);
    frame.ints[slot.index] = signal.value;
  }
  for (const slot of slots.texts) {
    const signal = signals[slot.name];
    if (signal === undefined || !signal.known) continue;
    if (typeof signal.value !== 'string') throw wrongType(slot, signal.value);
    frame.texts[slot.index] = signal.value;
  }
  for (const slot of slots.bools) {
    const signal = signals[slot.name];
    if (signal === undefined || !signal.known) continue;
    if (typeof signal.value !== 'boolean') throw wrongType(slot, signal.value);
    frame.bools[slot.index] = signal.value;
  }
  for (const slot of slots.lists) {
    const signal = signals[slot.name];
    if (signal === undefined || !signal.known) continue;
    if (typeof signal.value !== 'object') throw wrongType(slot, signal.value);
    frame.lists[slot.index] = signal.value;
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
