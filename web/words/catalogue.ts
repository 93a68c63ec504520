import type { english } from './english/english.ts'

/** The same keys with other words: a string for a string, and a function of the same parameters for a function. */
export type Translation<Words> = Words extends string
  ? string
  : Words extends (...values: infer Values) => string
    ? (...values: Values) => string
    : { readonly [Key in keyof Words]: Translation<Words[Key]> }

/** Every word of the screen in one language. English says which there are: it is complete by definition. */
export type Catalogue = Translation<typeof english>
