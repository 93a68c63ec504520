/**
 * The languages that the screen is written in. A person finds their own by its own name, and by what brings it to the screen
 * in its own words: these alone stand here and not in the catalogues.
 */
export const LANGUAGES = {
  en: { name: 'English', show: 'Show in English' },
  de: { name: 'Deutsch', show: 'Auf Deutsch zeigen' },
} as const satisfies Readonly<Record<string, { readonly name: string; readonly show: string }>>

export type Language = keyof typeof LANGUAGES

/** One of them, or the one that the browser is set to. */
export type LanguageChoice = 'browser' | Language

export const LANGUAGE_CHOICES = ['browser', ...Object.keys(LANGUAGES).filter(isLanguage)] as const

/** For whom we have no words of their own. */
const OTHERWISE: Language = 'en'

export function isLanguage(tag: string): tag is Language {
  return Object.hasOwn(LANGUAGES, tag)
}

/** What a choice comes to in a browser whose person reads `tags`, the best first. */
export function chosenLanguage(choice: LanguageChoice, tags: readonly string[]): Language {
  return choice === 'browser' ? (tags.map(languageOf).find(isLanguage) ?? OTHERWISE) : choice
}

/** The language as it is written where the person lives: for `en` and somebody in Britain, `en-GB`. Dates differ by that. */
export function regionalTag(language: string, tags: readonly string[]): string {
  return tags.find((tag) => languageOf(tag) === language) ?? language
}

/** Scripts that are written from right to left. Asked of the language's script, since not every browser says it of the language. */
const LEFTWARD = new Set(['Adlm', 'Arab', 'Aran', 'Hebr', 'Nkoo', 'Rohg', 'Syrc', 'Thaa'])

/** Tells a page which language it is in, and so which way it runs. */
export function setPageLanguage(root: Pick<HTMLElement, 'lang' | 'dir'>, language: string): void {
  root.lang = language
  root.dir = LEFTWARD.has(new Intl.Locale(language).maximize().script ?? '') ? 'rtl' : 'ltr'
}

function languageOf(tag: string): string {
  return tag.split('-')[0]?.toLowerCase() ?? tag
}
