import { describe, expect, test } from 'vitest'
import { type Entry, entrySchema } from '../../../protocol/entry.ts'
import type { TurnOutcome } from '../../../protocol/turn.ts'
import { type GaiaEvent, gaiaEventSchema } from './gaia-events.ts'
import { GaiaTranslator } from './gaia-translator.ts'

const USAGE = { input_tokens: 10, output_tokens: 5, time_to_first_token_ms: 100, tokens_per_second: 42 }

/** Entries with seqs 1, 2, 3 …, a second apart. */
function entriesOf(events: readonly object[]): Entry[] {
  return events.map((event, index) =>
    entrySchema.parse({ seq: index + 1, turn_id: 'turn', epoch: 1, at: index * 1000, ...event }),
  )
}

const started = {
  type: 'turn.started',
  data: { user_message_id: 7, assistant_message_id: 8, message: 'hi', holder: { kind: 'api', label: '' } },
}
const stepStarted = (step: number) => ({ type: 'step.started', data: { step, model: 'Gemma' } })
const text = (step: number, content: string) => ({ type: 'text.delta', data: { step, text: content } })
const reasoning = (step: number, content: string) => ({ type: 'reasoning.delta', data: { step, text: content } })
const stepFinished = (step: number, content: string, thought = '') => ({
  type: 'step.finished',
  data: { step, text: content, reasoning: thought, finish_reason: 'stop', usage: null },
})
const called = (id: string, args = '{"zone":"UTC"}') => ({
  type: 'tool.called',
  data: { step: 1, call_id: id, tool: 'time', arguments: args },
})
const toolStarted = (id: string) => ({ type: 'tool.started', data: { call_id: id } })
const toolFinished = (id: string, more: object = {}) => ({
  type: 'tool.finished',
  data: { call_id: id, status: 'ok', result: 'noon', duration_ms: 12.5, ...more },
})
const ended = (outcome: TurnOutcome, content: string, usage: unknown = null) => ({
  type: 'turn.ended',
  data: { outcome, content, usage },
})
const COMPLETED: TurnOutcome = { status: 'completed' }

interface Frame {
  readonly id: number | undefined
  readonly event: GaiaEvent
}

function framesIn(sent: string): Frame[] {
  return sent
    .split('\n\n')
    .filter(Boolean)
    .map((frame) => {
      const lines = frame.split('\n')
      const data = lines.at(-1)?.replace(/^data: /, '') ?? ''
      const id = lines.length === 2 ? Number(lines[0]?.replace(/^id: /, '')) : undefined
      return { id, event: gaiaEventSchema.parse(JSON.parse(data)) }
    })
}

function translate(events: readonly object[], { resumeAfter = 0, without = [] as readonly number[] } = {}): Frame[] {
  const translator = new GaiaTranslator(resumeAfter)
  const entries = entriesOf(events).filter((entry) => !without.includes(entry.seq))
  return entries.flatMap((entry) => framesIn(translator.translate(entry)))
}

const eventsOf = (frames: readonly Frame[]): GaiaEvent[] => frames.map(({ event }) => event)
const typesOf = (frames: readonly Frame[]): string[] => frames.map(({ event }) => event.type)
const chunksOf = (frames: readonly Frame[]): string =>
  eventsOf(frames)
    .map((event) => (event.type === 'chunk' ? event.content : ''))
    .join('')

describe('contract 2.3: the order of events', () => {
  test('contract 2.3 (a): a plain answer', () => {
    const frames = translate([
      started,
      stepStarted(1),
      text(1, 'Par'),
      text(1, 'is'),
      stepFinished(1, 'Paris'),
      ended(COMPLETED, 'Paris', USAGE),
    ])
    expect(eventsOf(frames)).toEqual([
      { type: 'status', status: 'info', message: 'Connecting to LLM...' },
      { type: 'status', status: 'info', message: 'Sending to model...' },
      { type: 'status', status: 'working', message: 'Processing with Gemma...', channel: 'debug' },
      { type: 'step', step: 1, total: 50, status: 'started', channel: 'debug' },
      { type: 'chunk', content: 'Par' },
      { type: 'chunk', content: 'is' },
      { type: 'answer', content: 'Paris', elapsed: 5, steps: 1, tools_used: 0 },
      { type: 'status', status: 'complete', message: 'Completed in 1 steps', steps: 1, elapsed: 5 },
      {
        type: 'done',
        message_id: 8,
        content: 'Paris',
        stats: { tokens_per_second: 42, time_to_first_token: 0.1, input_tokens: 10, output_tokens: 5 },
      },
    ])
  })

  test('contract 2.3 (b): a tool call, with its result before its end', () => {
    const frames = translate([
      started,
      stepStarted(1),
      stepFinished(1, ''),
      called('a'),
      toolStarted('a'),
      toolFinished('a'),
      stepStarted(2),
      text(2, 'Noon.'),
      stepFinished(2, 'Noon.'),
      ended(COMPLETED, 'Noon.'),
    ])
    expect(typesOf(frames).slice(3)).toEqual(
      'step tool_start tool_args tool_result tool_end step chunk answer status done'.split(' '),
    )
    expect(eventsOf(frames).slice(4, 8)).toEqual([
      { type: 'tool_start', tool: 'time', detail: '{"zone":"UTC"}' },
      { type: 'tool_args', tool: 'time', args: { zone: 'UTC' }, detail: '{"zone":"UTC"}' },
      { type: 'tool_result', title: 'time', summary: 'noon', success: true, latency_ms: 12.5 },
      { type: 'tool_end', success: true },
    ])
    expect(eventsOf(frames)).toContainEqual(expect.objectContaining({ type: 'answer', steps: 2, tools_used: 1 }))
  })

  test('two tools of one step come one after the other, so that clients pair each result with its tool', () => {
    const frames = translate([
      started,
      stepStarted(1),
      stepFinished(1, ''),
      called('a'),
      called('b'),
      toolStarted('a'),
      toolFinished('a'),
      toolStarted('b'),
      toolFinished('b'),
    ])
    const block = ['tool_start', 'tool_args', 'tool_result', 'tool_end']
    expect(typesOf(frames).slice(4)).toEqual([...block, ...block])
  })

  test('a tool that never started is shown all the same, as not successful', () => {
    const refused = toolFinished('a', { status: 'error', result: 'Not run.', duration_ms: null })
    const frames = translate([started, stepStarted(1), stepFinished(1, ''), called('a', 'no json'), refused])
    expect(eventsOf(frames).slice(4)).toEqual([
      { type: 'tool_start', tool: 'time', detail: 'no json' },
      { type: 'tool_args', tool: 'time', args: {}, detail: 'no json' },
      { type: 'tool_result', title: 'time', summary: 'Not run.', success: false },
      { type: 'tool_end', success: false },
    ])
  })

  test('contract 2.3 (d): a failure is an error, then done with what was written, and no answer', () => {
    const failed: TurnOutcome = { status: 'failed', reason: 'backend_unreachable', message: 'Start the model server.' }
    const frames = translate([started, stepStarted(1), text(1, 'Par'), stepFinished(1, 'Par'), ended(failed, 'Par')])
    expect(eventsOf(frames).slice(-2)).toEqual([
      { type: 'error', content: 'Start the model server.' },
      { type: 'done', message_id: 8, content: 'Par' },
    ])
    expect(typesOf(frames)).not.toContain('answer')
  })

  test('contract 2.3 (d): an interrupted turn ends like a failed one', () => {
    const cut: TurnOutcome = { status: 'interrupted', reason: 'truncated', message: 'The answer broke off.' }
    const frames = translate([started, stepStarted(1), stepFinished(1, 'Par'), ended(cut, 'Par')])
    expect(typesOf(frames).slice(-3)).toEqual(['chunk', 'error', 'done'])
  })

  test.each([
    ['the partial text', 'Par', 'Par'],
    ['"Cancelled." where there is none', '', 'Cancelled.'],
  ])('contract 2.3 (e): a cancelled turn is done with %s', (_, content, shown) => {
    const frames = translate([
      started,
      stepStarted(1),
      stepFinished(1, content),
      ended({ status: 'cancelled' }, content),
    ])
    expect(eventsOf(frames).at(-1)).toEqual({ type: 'done', message_id: 8, content: shown })
    expect(typesOf(frames)).not.toContain('answer')
    expect(typesOf(frames)).not.toContain('error')
  })

  test('reasoning is thinking; waiting for the model is said; stopping is not', () => {
    const frames = translate([
      started,
      { type: 'turn.phase_changed', data: { phase: 'waiting_for_slot' } },
      { type: 'turn.phase_changed', data: { phase: 'running' } },
      stepStarted(1),
      reasoning(1, 'Hm.'),
      { type: 'turn.phase_changed', data: { phase: 'stopping' } },
    ])
    expect(typesOf(frames)).toEqual(['status', 'status', 'status', 'status', 'step', 'thinking'])
    expect(frames[1]?.event).toMatchObject({
      status: 'info',
      message: expect.stringContaining('Waiting for the model'),
    })
    expect(frames.at(-1)?.event).toEqual({ type: 'thinking', content: 'Hm.' })
  })
})

describe('chunks', () => {
  const TWO_STEPS = [
    started,
    stepStarted(1),
    text(1, 'Let me '),
    text(1, 'look.'),
    stepFinished(1, 'Let me look.'),
    called('a'),
    toolStarted('a'),
    toolFinished('a'),
    stepStarted(2),
    reasoning(2, 'It is '),
    text(2, 'No'),
    text(2, 'on.'),
    stepFinished(2, 'Noon.', 'It is noon.'),
    ended(COMPLETED, 'Let me look.\n\nNoon.'),
  ]

  test('all chunks together are the content of the answer', () => {
    const frames = translate(TWO_STEPS)
    expect(chunksOf(frames)).toBe('Let me look.\n\nNoon.')
    expect(eventsOf(frames)).toContainEqual(expect.objectContaining({ type: 'done', content: chunksOf(frames) }))
  })

  test.each([
    ['none', [3, 4, 10, 11, 12]],
    ['the first half', [4, 11, 12]],
    ['all but the reasoning', [10]],
  ])('where of the deltas only %s is left, the finished step brings the rest', (_, without) => {
    const frames = translate(TWO_STEPS, { without })
    expect(chunksOf(frames)).toBe('Let me look.\n\nNoon.')
    const thoughts = eventsOf(frames).flatMap((event) => (event.type === 'thinking' ? [event.content] : []))
    expect(thoughts.join('')).toBe('It is noon.')
  })

  test('a finished step that contradicts what was shown adds nothing: the answer replaces it', () => {
    const frames = translate([started, stepStarted(1), text(1, 'abc'), stepFinished(1, 'xyz'), ended(COMPLETED, 'xyz')])
    expect(chunksOf(frames)).toBe('abc')
    expect(typesOf(frames)).toContain('answer')
  })

  test('I2: a reader who comes back after any frame misses nothing and sees nothing twice', () => {
    const all = translate(TWO_STEPS)
    for (const { id } of all) {
      if (id === undefined) continue
      const before = all.slice(0, all.findIndex((frame) => frame.id === id) + 1)
      const after = translate(TWO_STEPS, { resumeAfter: id })
      expect([...before, ...after]).toEqual(all)
    }
  })

  test('I2: a reader who comes back into a step whose deltas are trimmed never sees a piece of it twice', () => {
    const all = translate(TWO_STEPS)
    const before = all.slice(0, all.findIndex((frame) => frame.id === 11) + 1)
    const after = translate(TWO_STEPS, { resumeAfter: 11, without: [10, 11, 12] })
    expect(chunksOf([...before, ...after])).toBe('Let me look.\n\nNo')
    expect(typesOf(after)).toEqual(['answer', 'status', 'done'])
  })
})

describe('frames', () => {
  test('only the last frame of an entry carries its seq', () => {
    const frames = translate([
      started,
      stepStarted(1),
      text(1, 'Paris'),
      stepFinished(1, 'Paris'),
      ended(COMPLETED, 'Paris'),
    ])
    expect(frames.map(({ id }) => id)).toEqual([1, undefined, undefined, 2, 3, undefined, undefined, 5])
  })

  test('row 45: text that looks like a frame stays inside its own', () => {
    const hostile = '\n\ndata: {"type":"done"}\r\n\r\nid: 9\n\n\u2028'
    const translator = new GaiaTranslator(0)
    const sent = entriesOf([started, stepStarted(1), text(1, hostile)]).map((entry) => translator.translate(entry))
    const [frame, ...rest] = (sent[2] ?? '').split('\n\n')
    expect(rest).toEqual([''])
    expect(frame?.split('\n')).toEqual(['id: 3', expect.stringMatching(/^data: \{"type":"chunk"/)])
    expect(framesIn(sent[2] ?? '')[0]?.event).toEqual({ type: 'chunk', content: hostile })
  })

  test('a long result is summarized and never cut inside a character', () => {
    const frames = translate([
      started,
      stepStarted(1),
      stepFinished(1, ''),
      called('a', `"${'x'.repeat(5_000)}"`),
      toolFinished('a', { result: `${'x'.repeat(999)}😀${'x'.repeat(999)}` }),
    ])
    expect(frames.at(-2)?.event).toMatchObject({ summary: `${'x'.repeat(999)}…` })
    expect(frames.at(-3)?.event).toMatchObject({ args: {}, detail: `"${'x'.repeat(999)}…` })
  })

  test('arguments that are nested without end break no frame', () => {
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    const frames = translate([started, stepStarted(1), stepFinished(1, ''), called('a', deep), toolStarted('a')])
    expect(frames.at(-1)?.event).toMatchObject({ type: 'tool_args', args: {} })
  })

  test('entries that belong to no turn are no part of a chat', () => {
    expect(translate([{ type: 'messages.removed', data: { message_ids: [1] } }])).toEqual([])
  })
})
