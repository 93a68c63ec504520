import type { Catalogue } from './words/catalogue.ts'
import { english } from './words/english/english.ts'

/** Every word on the screen. */
export const words: Catalogue = english
