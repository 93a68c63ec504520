import type { Language } from './client/languages.ts'
import type { Catalogue } from './words/catalogue.ts'
import { english } from './words/english/english.ts'

/** How each language's words are had. English is always there; any other comes in a file of its own. */
const CATALOGUES: Readonly<Record<Language, () => Catalogue | Promise<Catalogue>>> = {
  en: () => english,
  de: async () => (await import('./words/german/german.ts')).german,
}

/**
 * Every word on the screen. `main.tsx` loads those of the chosen language before it draws anything, and nobody changes them
 * after that: another language comes with the next load of the page. So a module may read them whenever it draws, and not
 * while it is itself being loaded (`npm run check` sees to it).
 */
export let words: Catalogue = english

/** Stays with English where the other words do not come: the app is worth more than its language. Never rejects. */
export async function loadWords(language: Language): Promise<void> {
  try {
    words = await CATALOGUES[language]()
  } catch (error) {
    console.error(error)
  }
}
