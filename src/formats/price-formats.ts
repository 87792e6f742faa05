import { ebay } from './ebay.ts';
import { heissepreise } from './heissepreise.ts';
import type { PriceFormat } from './price-format.ts';
import { steam } from './steam.ts';
import { tmall } from './tmall.ts';
import { csv, jsonl } from './wire-prices.ts';

/** Every format of prices, by name. */
export const PRICE_FORMATS: Readonly<Record<string, PriceFormat>> = Object.fromEntries(
  [heissepreise, ebay, steam, tmall, csv, jsonl].map((format) => [format.name, format]),
);
