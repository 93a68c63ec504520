import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { SessionEvent } from '../../protocol/entry.ts'
import type { TurnUsage } from '../../protocol/turn.ts'
import { says, stepFinished, stepStarted, thinks, toolCalled, toolFinished, toolStarted } from './scripted-events.ts'
import { TurnFold } from './turn-fold.ts'

function foldOf(events: readonly SessionEvent[]): TurnFold {
  const fold = new TurnFold()
  for (const event of events) fold.apply(event)
  return fold
}

describe('content', () => {
  test('is the texts of the steps that wrote any, a blank line between them', () => {
    const events = [
      stepStarted(),
      stepFinished('one'),
      stepStarted(2),
      stepFinished('', 2),
      stepStarted(3),
      says('thr', 3),
    ]
    expect(foldOf([]).content).toBe('')
    expect(foldOf(events).content).toBe('one\n\nthr')
  })

  test('a finished step’s text replaces its deltas', () => {
    const fold = foldOf([stepStarted(), thinks('hm'), says('on'), says('e'), stepFinished('one!')])
    expect(fold.content).toBe('one!')
    expect(fold.steps()).toEqual([{ step: 1, text: 'one!', reasoning: '', tool_calls: [] }])
  })

  test('an event of a step or call that was never begun is refused', () => {
    expect(() => foldOf([says('x')])).toThrow()
    expect(() => foldOf([stepStarted(), stepFinished('x', 2)])).toThrow()
    expect(() => foldOf([stepStarted(), toolStarted('a')])).toThrow()
  })
})

describe('what runs now', () => {
  test('is the last step, and the tool that has started and not finished', () => {
    const events = [stepStarted(), toolCalled('a'), toolCalled('b'), toolStarted('a')]
    expect([foldOf([]).currentStep, foldOf([]).runningTool]).toEqual([0, null])
    expect([foldOf(events).currentStep, foldOf(events).runningTool]).toEqual([1, 'tool of a'])
    const later = foldOf([...events, toolFinished('a'), stepStarted(2)])
    expect([later.currentStep, later.runningTool]).toEqual([2, null])
  })
})

describe('usage', () => {
  const usage = (tokens: number | null, firstTokenMs: number, speed: number): TurnUsage => ({
    input_tokens: tokens,
    output_tokens: tokens,
    time_to_first_token_ms: firstTokenMs,
    tokens_per_second: speed,
  })

  test('adds tokens up; the first token is the first step’s and the speed the last step’s', () => {
    const fold = foldOf([
      stepStarted(),
      stepFinished('', 1, usage(3, 10, 1)),
      stepStarted(2),
      stepFinished('', 2, usage(null, 99, 2)),
      stepStarted(3),
      stepFinished('', 3, usage(4, 99, 5)),
      stepStarted(4),
      stepFinished('', 4, null),
    ])
    expect(fold.usage).toEqual(usage(7, 10, 5))
  })

  test('is nothing where no step told any', () => {
    expect(foldOf([stepStarted(), stepFinished('x')]).usage).toBeNull()
  })
})

describe('closing', () => {
  test('R10: an unfinished step keeps its text, a call that never started says so, a started one is unknown', () => {
    const fold = foldOf([stepStarted(), thinks('hm'), says('so f'), toolCalled('a'), toolCalled('b'), toolStarted('a')])
    expect(fold.closingEvents()).toMatchObject([
      { type: 'step.finished', data: { step: 1, text: 'so f', reasoning: 'hm', finish_reason: 'cut', usage: null } },
      { type: 'tool.finished', data: { call_id: 'a', status: 'unknown', duration_ms: null } },
      { type: 'tool.finished', data: { call_id: 'b', status: 'error', result: 'Not run: the turn ended first.' } },
    ])
  })

  test('I3: whatever prefix of a turn is there, closing leaves nothing open and keeps every word', () => {
    fc.assert(
      fc.property(turnScript, fc.nat(60), (script, cut) => {
        const events = eventsOf(script).slice(0, cut)
        const fold = foldOf(events)
        const closing = fold.closingEvents()
        for (const event of closing) fold.apply(event)
        expect(fold.closingEvents()).toEqual([])
        expect(fold.runningTool).toBeNull()
        const texts = spokenTexts(events)
        expect(fold.steps().map((step) => step.text)).toEqual(texts)
        expect(fold.content).toBe(texts.filter((text) => text !== '').join('\n\n'))
        // A second fold, of what is logged, is the same: recovery and the owner agree.
        expect(foldOf([...events, ...closing]).steps()).toEqual(fold.steps())
      }),
      { numRuns: 500 },
    )
  })
})

/** A turn: for each step its words, and for each of its tool calls how far it comes. */
type TurnScript = readonly {
  readonly words: readonly string[]
  readonly finishes: boolean
  readonly calls: readonly ('called' | 'started' | 'finished')[]
}[]

const turnScript: fc.Arbitrary<TurnScript> = fc.array(
  fc.record({
    words: fc.array(fc.string({ maxLength: 4 }), { maxLength: 6 }),
    finishes: fc.boolean(),
    calls: fc.array(fc.constantFrom('called' as const, 'started' as const, 'finished' as const), { maxLength: 3 }),
  }),
  { minLength: 1, maxLength: 5 },
)

function eventsOf(script: TurnScript): SessionEvent[] {
  return script.flatMap(({ words, finishes, calls }, index) => {
    const step = index + 1
    const ids = calls.map((_, n) => `${step}-${n}`)
    return [
      stepStarted(step),
      ...words.map((word) => says(word, step)),
      ...(finishes ? [stepFinished(words.join(''), step)] : []),
      ...ids.map((id) => toolCalled(id, step)),
      ...ids.flatMap((id, n) => {
        const reached = calls[n]
        if (reached === 'called') return []
        return reached === 'started' ? [toolStarted(id)] : [toolStarted(id), toolFinished(id)]
      }),
    ]
  })
}

/** The text of each step by the events alone, as a reader of deltas would have it. */
function spokenTexts(events: readonly SessionEvent[]): string[] {
  const texts: string[] = []
  for (const event of events) {
    if (event.type === 'step.started') texts.push('')
    if (event.type === 'text.delta') texts[event.data.step - 1] += event.data.text
  }
  return texts
}
