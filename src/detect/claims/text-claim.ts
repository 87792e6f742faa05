import type { ClaimKind } from '../../domain/listing.ts';

/** An amount as a text states it. */
export interface TextAmount {
  /** Minor units of `currency`. */
  readonly minor: bigint;
  /** ISO 4217; the listing's own unless the text marks another. */
  readonly currency: string;
}

/** Where a claim stands: UTF-16 offsets into the text as it was sent, `end` exclusive. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** `upTo` marks the most that some buyer or variant gets: 低至, 最高, "up to", 起. */
interface Stated extends Span {
  readonly upTo: boolean;
}

/** A higher price that the text compares with. */
export interface ReferenceText extends Stated {
  readonly kind: 'reference';
  readonly role: ClaimKind;
  readonly amount: TextAmount;
}

/** The price that the text asks. */
export interface SaleText extends Stated {
  readonly kind: 'sale';
  readonly amount: TextAmount;
  /** After a coupon or other layers: 券后, 到手. */
  readonly afterLayers: boolean;
}

/** An amount taken off: 直降, 立省, "save $20". */
export interface SavingText extends Stated {
  readonly kind: 'saving';
  readonly amount: TextAmount;
}

/** A rate taken off. */
export interface PercentText extends Stated {
  readonly kind: 'percent';
  /** Basis points of the reduction: 5折 is 5000, "-23%" is 2300. May exceed 10,000, which is a fault of the text. */
  readonly bps: number;
  /** By how much a rate that was rounded to the digits shown may differ, in basis points. */
  readonly roundingBps: number;
}

/** 满N减M and its kin: an amount or a rate off from an amount or a number of pieces on. */
export interface ThresholdText extends Stated {
  readonly kind: 'threshold';
  readonly threshold: TextAmount | null;
  readonly pieces: number | null;
  readonly off: TextAmount | null;
  readonly bps: number | null;
  /** 每满: again for each multiple. */
  readonly every: boolean;
}

/** 买N送M: `free` pieces come with `buy` bought ones. */
export interface BundleText extends Stated {
  readonly kind: 'bundle';
  readonly buy: number;
  readonly free: number;
}

/** 第二件半价: the n-th piece at a rate off. */
export interface NthPieceText extends Stated {
  readonly kind: 'nth_piece';
  readonly nth: number;
  readonly bps: number;
}

/** 定金50抵100. */
export interface DepositText extends Stated {
  readonly kind: 'deposit';
  readonly deposit: TextAmount;
  readonly offsets: TextAmount;
}

/** 9.9元/斤. */
export interface UnitPriceText extends Stated {
  readonly kind: 'unit_price';
  readonly amount: TextAmount;
  readonly unit: string;
}

/** 3瓶装, "pack of 3". */
export interface PackText extends Stated {
  readonly kind: 'pack';
  readonly pieces: number;
}

/** Words that say something of the price without a figure. */
export interface PriceWordText extends Stated {
  readonly kind: 'word';
  readonly meaning: PriceWordMeaning;
}

export type PriceWordMeaning = 'lowest_ever' | 'lowest_anywhere' | 'clearance' | 'factory';

/** One claim on a price that a text makes in words. */
export type TextClaim =
  | ReferenceText
  | SaleText
  | SavingText
  | PercentText
  | ThresholdText
  | BundleText
  | NthPieceText
  | DepositText
  | UnitPriceText
  | PackText
  | PriceWordText;
