/** The languages of every text that a person reads. */
export type Language = 'zh' | 'en';

/** One text in every language. */
export type Phrase = Readonly<Record<Language, string>>;

/**
 * The language to answer in (RFC 9110 section 12.5.4): the supported one with the highest quality, the first named
 * of equals; English when the header is absent or names neither.
 */
export function languageOf(acceptLanguage: string | undefined): Language {
  if (acceptLanguage === undefined) return 'en';
  let best: Language = 'en';
  let bestQuality = 0;
  for (const part of acceptLanguage.slice(0, 200).split(',')) {
    const [range = '', ...parameters] = part.split(';');
    const primary = range.trim().toLowerCase().split('-')[0];
    const quality = qualityOf(parameters);
    if ((primary === 'zh' || primary === 'en') && quality > bestQuality) {
      best = primary;
      bestQuality = quality;
    }
  }
  return best;
}

function qualityOf(parameters: readonly string[]): number {
  const weight = parameters.find((parameter) => parameter.trim().startsWith('q='));
  if (weight === undefined) return 1;
  const quality = Number(weight.trim().slice(2));
  return Number.isFinite(quality) ? quality : 0;
}

/** BCP 47 tag for the Content-Language header. */
export const LANGUAGE_TAG: Readonly<Record<Language, string>> = { zh: 'zh-CN', en: 'en' };
