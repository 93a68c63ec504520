import { config } from 'zod'
import { readPreferences } from './client/preferences.ts'

/*
 * What must be true before any other module of the page runs. It is imported first.
 */

// The content security policy forbids code made from strings; without this zod tries, and the browser reports it.
config({ jitless: true })

/** Sets the theme, so that the first thing drawn is drawn in it. */
export const preferences = readPreferences(localStorage, document.documentElement)

// The libraries that make style elements, such as the scroll lock of a dialog, look for the nonce under this name.
const nonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content
Object.assign(globalThis, { __webpack_nonce__: nonce })
