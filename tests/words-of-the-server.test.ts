import { expect, test } from 'vitest'
import { modelServerSchema } from '../protocol/model-server.ts'
import { readModelAddress } from '../server/settings/model-address.ts'
import { german } from '../web/words/german/german.ts'

/** What the server says to people it says in English; other languages have their own words for it. */

test.each(['ftp://127.0.0.1', 'http://me:secret@127.0.0.1', 'http://127.0.0.1/v1?key=1', 'http://169.254.169.254'])(
  'what is wrong with the address %s is said in German',
  (address) => {
    const reading = readModelAddress(address)
    const message = reading.status === 'refused' ? reading.message : ''
    expect(message).not.toBe('')
    expect(german.models.wrongField(message)).not.toContain(message)
  },
)

const { kind: kinds, state: states } = modelServerSchema.shape

test.each(kinds.options)('for %s there is a German sentence in each state it can be in', (kind) => {
  const said = states.options.map((state) =>
    german.models.advice({
      kind,
      name: 'its name',
      state,
      address: 'http://127.0.0.1:1234',
      base_url: 'http://127.0.0.1:1234/v1',
      next_step: { text: 'in English', command: null },
    }),
  )
  expect(new Set(said).size).toBe(states.options.length)
  for (const sentence of said) expect(sentence).not.toMatch(/undefined|in English/)
})

test('of a server that is not what was looked for, no state but its own is told', () => {
  const seen = { kind: 'ollama', name: 'Ollama', address: 'http://127.0.0.1:11434', base_url: null } as const
  const next_step = { text: '', command: null }
  expect(german.models.advice({ ...seen, state: 'unrecognised', next_step })).toContain('ist nicht Ollama')
  expect(german.models.advice({ ...seen, state: 'refused', next_step })).toContain('antwortet nichts')
})
