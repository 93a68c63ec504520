import { describe, expect, test } from 'vitest'
import { type Entry, entrySchema } from '../../../protocol/entry.ts'
import { gaiaEventSchema } from './gaia-events.ts'
import { GaiaTranslator } from './gaia-translator.ts'

/** A turn that a crash cuts in its second step: seqs 1, 2, 3 … */
function logOf(events: readonly object[]): Entry[] {
  return events.map((event, index) =>
    entrySchema.parse({ seq: index + 1, turn_id: 't', epoch: 1, at: index, ...event }),
  )
}

const stepStarted = (step: number) => ({ type: 'step.started', data: { step, model: 'm' } })
const text = (step: number, content: string) => ({ type: 'text.delta', data: { step, text: content } })
const stepFinished = (step: number, content: string) => ({
  type: 'step.finished',
  data: { step, text: content, reasoning: '', finish_reason: 'stop', usage: null },
})
const resumed = (voidAfter: number | null) => ({ type: 'turn.resumed', data: { attempt: 2, void_after: voidAfter } })

const BEFORE = [
  {
    type: 'turn.started',
    data: { user_message_id: 1, assistant_message_id: 2, message: 'hi', holder: { kind: 'api', label: '' } },
  },
  stepStarted(1),
  text(1, 'one'),
  stepFinished(1, 'one'),
  stepStarted(2),
  text(2, 'half '),
  text(2, 'a word'),
]

const ENDINGS = {
  'the text goes on': { after: [resumed(null), text(2, ' more')], second: 'half a word more' },
  'the step is void': { after: [resumed(4), stepStarted(2), text(2, 'anew'), text(2, ' again')], second: 'anew again' },
  'the step is begun anew after all': {
    after: [resumed(null), stepStarted(2), text(2, 'anew'), text(2, ' again')],
    second: 'anew again',
  },
} as const

/** What a client of GAIA's has that puts chunks together and lets `answer` replace them. */
function shownBy(frames: string, before = ''): string {
  let shown = before
  for (const frame of frames.split('\n\n').filter(Boolean)) {
    const event = gaiaEventSchema.parse(
      JSON.parse(
        frame
          .split('\n')
          .at(-1)
          ?.replace(/^data: /, '') ?? '',
      ),
    )
    if (event.type === 'chunk') shown += event.content
    if (event.type === 'answer') shown = event.content
  }
  return shown
}

function translate(entries: readonly Entry[], resumeAfter = 0): string {
  const translator = new GaiaTranslator(resumeAfter)
  return entries.map((entry) => translator.translate(entry)).join('')
}

for (const [name, { after, second }] of Object.entries(ENDINGS)) {
  describe(`D6: ${name}`, () => {
    const log = logOf([...BEFORE, ...after, stepFinished(2, second)])
    const content = `one\n\n${second}`
    const crashAt = BEFORE.length
    const isVoid = (entry: Entry) => name === 'the step is void' && entry.seq > 4 && entry.seq <= crashAt
    const isDelta = (entry: Entry) => entry.type === 'text.delta'
    /** After the restart void deltas are not handed out, and in the end no delta of a finished step is. */
    const handedOut = {
      'while it runs': log.filter((entry) => !(isDelta(entry) && isVoid(entry))),
      'when its steps are finished': log.filter((entry) => !isDelta(entry)),
    }
    for (const [when, entries] of Object.entries(handedOut)) {
      test(`I2: who comes ${when} sees the content and nothing void`, () => {
        expect(shownBy(translate(entries))).toBe(content)
        if (name === 'the step is void') expect(translate(entries)).not.toContain('half')
      })
    }
    test('I2: who was cut off anywhere before the crash and comes back while it runs has the content in the end', () => {
      for (let seen = 0; seen <= crashAt; seen += 1) {
        const before = shownBy(translate(log.slice(0, seen)))
        const rest = translate(handedOut['while it runs'], seen)
        expect(shownBy(rest, before), `cut off after ${seen}`).toBe(content)
      }
    })
    test('I2: who comes back when it is over is set right by the answer, and told nothing twice before', () => {
      const ended = entrySchema.parse({
        seq: log.length + 1,
        turn_id: 't',
        epoch: 1,
        at: 99,
        type: 'turn.ended',
        data: { outcome: { status: 'completed' }, content, usage: null },
      })
      for (let seen = 0; seen <= log.length; seen += 1) {
        const before = shownBy(translate(log.slice(0, seen)))
        const entries = handedOut['when its steps are finished']
        expect(content.length).toBeGreaterThanOrEqual(shownBy(translate(entries, seen), before).length)
        expect(shownBy(translate([...entries, ended], seen), before), `cut off after ${seen}`).toBe(content)
      }
    })
  })
}

test('I2: nothing is taken back where the text goes on', () => {
  const log = logOf([...BEFORE, ...ENDINGS['the text goes on'].after])
  expect(translate(log)).not.toContain('"type":"answer"')
})
