import { config } from 'zod'

// The content security policy forbids code made from strings; without this zod tries, and the browser reports it. It must be
// imported before any schema is made.
config({ jitless: true })
