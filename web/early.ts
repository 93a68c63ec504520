import './client/zod-without-eval.ts'

import { readPreferences } from './client/preferences.ts'

/*
 * What must be true before any other module of the page runs. It is imported first.
 */

/** Sets the theme, so that the first thing drawn is drawn in it. */
export const preferences = readPreferences(localStorage, document.documentElement)

// The libraries that make style elements, such as the scroll lock of a dialog, look for the nonce under this name.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content
Object.assign(globalThis, { __webpack_nonce__: nonce })
