import fc from 'fast-check'
import type { Entry, SessionEvent } from '../../protocol/entry.ts'
import {
  type Epoch,
  type MessageId,
  messageIdSchema,
  type Seq,
  type SessionId,
  type ToolCallId,
  type TurnId,
} from '../../protocol/ids.ts'
import type { Message, Step } from '../../protocol/message.ts'
import type { Transcript } from '../../protocol/transcript.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'

/*
 * Logs of sessions for tests, with what a server would answer at each point of them. The transcript here is written down
 * from the script of each turn, not folded from its entries, so that a mistake in the fold cannot hide in both.
 */

interface ScriptedCall {
  readonly status: 'ok' | 'error' | 'unknown'
}

interface ScriptedStep {
  readonly reasoning: readonly string[]
  readonly text: readonly string[]
  readonly calls: readonly ScriptedCall[]
}

interface ScriptedTurn {
  readonly steps: readonly ScriptedStep[]
  readonly outcome: TurnOutcome
  readonly waitsFirst: boolean
  /** After this turn, the message at this place (counted from the newest) is removed. */
  readonly removes: number | null
  /** This turn takes the place of the one whose message is at this place, counted from the newest. */
  readonly replaces: number | null
  /** After this turn, the alternative before the one shown at the first place that has some is shown. */
  readonly showsOther: boolean
}

export interface ScriptedLog {
  readonly entries: readonly Entry[]
  /** What `GET …/transcript` answers when the log holds `length` entries. */
  readonly transcriptAt: (length: number) => Transcript
}

const chunks = fc.array(fc.string({ minLength: 1, maxLength: 6 }), { maxLength: 5 })

const step: fc.Arbitrary<ScriptedStep> = fc.record({
  reasoning: chunks,
  text: chunks,
  calls: fc.array(fc.record({ status: fc.constantFrom('ok', 'error', 'unknown') }), { maxLength: 2 }),
})

const outcome: fc.Arbitrary<TurnOutcome> = fc.constantFrom(
  { status: 'completed' },
  { status: 'cancelled' },
  { status: 'failed', reason: 'idle_timeout', message: 'the model fell silent' },
  { status: 'interrupted', reason: 'restart', message: 'the server was restarted' },
)

const turn: fc.Arbitrary<ScriptedTurn> = fc.record({
  steps: fc.array(step, { maxLength: 3 }),
  outcome,
  waitsFirst: fc.boolean(),
  removes: fc.option(fc.nat({ max: 3 })),
  replaces: fc.option(fc.nat({ max: 5 })),
  showsOther: fc.boolean(),
})

export const scriptedLogs: fc.Arbitrary<ScriptedLog> = fc.array(turn, { minLength: 1, maxLength: 4 }).map(writeLog)

export const SESSION_ID = 'session-1' as SessionId

interface Change {
  readonly length: number
  readonly messages: readonly Message[]
}

function writeLog(turns: readonly ScriptedTurn[]): ScriptedLog {
  const entries: Entry[] = []
  const changes: Change[] = []
  const starts: number[] = []
  const shown = new ShownMessages()
  const log = (events: readonly SessionEvent[], turnId: TurnId | null = null) => {
    for (const event of events) entries.push(place(event, entries.length + 1, turnId))
  }
  const settle = () => changes.push({ length: entries.length, messages: shown.messages })
  for (const [index, script] of turns.entries()) {
    const written = writeTurn(script, index)
    const replaced = script.replaces === null ? undefined : shown.messages.at(-1 - script.replaces)
    const aside = replaced && shown.putAside(replaced, written.questionId)
    if (aside) log([removal(aside)])
    if (aside) settle()
    starts.push(entries.length)
    log(written.events(shown.alternatives(written.questionId)), written.turnId)
    shown.add(written.settle(entries[starts.at(-1) ?? 0]?.at ?? 0, entries.at(-1)?.at ?? 0))
    settle()
    const removed = script.removes === null ? undefined : shown.messages.at(-1 - script.removes)
    if (removed) log([removal([removed])])
    if (removed) shown.remove(removed)
    settle()
    const exchanged = script.showsOther ? shown.showOther() : undefined
    if (!exchanged) continue
    log([removal(exchanged.removed)])
    const first = exchanged.restored[0]?.message_id ?? Number.POSITIVE_INFINITY
    // one commit writes both entries, but a reader may be cut off between them
    changes.push({ length: entries.length, messages: shown.messages.filter(({ message_id }) => message_id < first) })
    log([{ type: 'messages.restored', data: { messages: [...exchanged.restored] } }])
    settle()
  }
  return { entries, transcriptAt: (length) => readTranscript({ entries, changes, starts, length }) }
}

function removal(messages: readonly Message[]): SessionEvent {
  return { type: 'messages.removed', data: { message_ids: messages.map((message) => message.message_id) } }
}

/** What of a conversation is shown, and what of it was put aside with which question. */
class ShownMessages {
  #messages: readonly Message[] = []
  readonly #aside = new Map<MessageId, readonly Message[]>()
  readonly #places: MessageId[][] = []

  get messages(): readonly Message[] {
    return this.#messages.map((message) => {
      const alternatives = message.role === 'user' ? this.alternatives(message.message_id) : undefined
      return alternatives ? { ...message, alternatives } : message
    })
  }

  alternatives(question: MessageId): MessageId[] | undefined {
    const place = this.#places.find((ids) => ids.includes(question))
    return place && [...place]
  }

  add(messages: readonly Message[]): void {
    this.#messages = [...this.#messages, ...messages]
  }

  remove(removed: Message): void {
    this.#messages = this.#messages.filter(({ message_id }) => message_id !== removed.message_id)
  }

  /** Undefined where `message` has no question any more. */
  putAside(message: Message, successor: MessageId): readonly Message[] | undefined {
    const question = this.#messages.find(({ role, turn_id }) => role === 'user' && turn_id === message.turn_id)
    if (!question) return undefined
    const place = this.#places.find((ids) => ids.includes(question.message_id))
    if (place) place.push(successor)
    else this.#places.push([question.message_id, successor])
    return this.#takeFrom(question.message_id)
  }

  showOther(): { readonly removed: readonly Message[]; readonly restored: readonly Message[] } | undefined {
    for (const { message_id: shown } of this.#messages) {
      const place = this.alternatives(shown)
      const wanted = place?.findLast((id) => id < shown && this.#aside.has(id))
      if (wanted === undefined) continue
      const removed = this.#takeFrom(shown)
      this.add(this.#aside.get(wanted) ?? [])
      this.#aside.delete(wanted)
      return { removed, restored: this.messages.filter(({ message_id }) => message_id >= wanted) }
    }
    return undefined
  }

  #takeFrom(question: MessageId): readonly Message[] {
    const taken = this.#messages.filter(({ message_id }) => message_id >= question)
    this.#messages = this.#messages.filter(({ message_id }) => message_id < question)
    this.#aside.set(question, taken)
    return taken
  }
}

interface Reading {
  readonly entries: readonly Entry[]
  readonly changes: readonly Change[]
  readonly starts: readonly number[]
  readonly length: number
}

function readTranscript({ entries, changes, starts, length }: Reading): Transcript {
  const messages = changes.findLast((change) => change.length <= length)?.messages ?? []
  const lastStart = starts.findLast((start) => start < length) ?? 0
  const isActive = !entries.slice(lastStart, length).some((entry) => entry.type === 'turn.ended')
  const cursor = (isActive ? lastStart : length) as Seq
  return { session_id: SESSION_ID, messages: [...messages], has_more: false, cursor, active_turn: null }
}

function place(event: SessionEvent, seq: number, turnId: TurnId | null): Entry {
  return { ...event, seq: seq as Seq, turn_id: turnId, epoch: 1 as Epoch, at: 1_700_000_000_000 + seq * 10 }
}

interface WrittenTurn {
  readonly turnId: TurnId
  readonly questionId: MessageId
  readonly events: (alternatives: MessageId[] | undefined) => readonly SessionEvent[]
  readonly settle: (startedAt: number, endedAt: number) => readonly Message[]
}

function writeTurn(script: ScriptedTurn, index: number): WrittenTurn {
  const turnId = `turn-${index}` as TurnId
  const userId = messageIdSchema.parse(index * 2 + 1)
  const assistantId = messageIdSchema.parse(index * 2 + 2)
  const said = `question ${index}`
  const steps = script.steps.map((one, at) => settledStep(one, at + 1, index))
  const content = steps.flatMap(({ text }) => (text === '' ? [] : [text])).join('\n\n')
  const events = (alternatives: MessageId[] | undefined): SessionEvent[] => [
    startEvent({ userId, assistantId, said, alternatives }),
    ...(script.waitsFirst ? [phaseEvent('waiting_for_slot'), phaseEvent('running')] : []),
    ...script.steps.flatMap((one, at) => stepEvents(one, at + 1, index)),
    { type: 'turn.ended', data: { outcome: script.outcome, content, usage: null } },
  ]
  return {
    turnId,
    questionId: userId,
    events,
    settle: (startedAt, endedAt) => [
      { ...settledMessage(userId, turnId, startedAt), role: 'user', content: said },
      { ...settledMessage(assistantId, turnId, endedAt), role: 'assistant', content, steps, outcome: script.outcome },
    ],
  }
}

interface Started {
  readonly userId: MessageId
  readonly assistantId: MessageId
  readonly said: string
  readonly alternatives: MessageId[] | undefined
}

function startEvent(named: Started): SessionEvent {
  return {
    type: 'turn.started',
    data: {
      user_message_id: named.userId,
      assistant_message_id: named.assistantId,
      message: named.said,
      holder: { kind: 'browser', label: 'Firefox on Linux' },
      ...(named.alternatives && { alternatives: named.alternatives }),
    },
  }
}

function phaseEvent(phase: 'waiting_for_slot' | 'running'): SessionEvent {
  return { type: 'turn.phase_changed', data: { phase } }
}

function settledMessage(messageId: MessageId, turnId: TurnId, at: number) {
  return {
    message_id: messageId,
    turn_id: turnId,
    steps: [],
    outcome: null,
    usage: null,
    created_at: new Date(at).toISOString(),
  }
}

function callId(turnIndex: number, stepNumber: number, at: number): ToolCallId {
  return `call-${turnIndex}-${stepNumber}-${at}` as ToolCallId
}

function settledStep(script: ScriptedStep, number: number, turnIndex: number): Step {
  return {
    step: number,
    text: script.text.join(''),
    reasoning: script.reasoning.join(''),
    ...(script.reasoning.length > 0 && { reasoning_ms: 1_000 * number }),
    tool_calls: script.calls.map(({ status }, at) => ({
      call_id: callId(turnIndex, number, at),
      tool: 'search_files',
      arguments: '{}',
      status,
      result: `result ${at}`,
      duration_ms: 5,
    })),
  }
}

function stepEvents(script: ScriptedStep, number: number, turnIndex: number): readonly SessionEvent[] {
  const { tool_calls: calls, ...written } = settledStep(script, number, turnIndex)
  return [
    { type: 'step.started', data: { step: number, model: 'practice' } },
    ...script.reasoning.map(
      (piece): SessionEvent => ({ type: 'reasoning.delta', data: { step: number, text: piece } }),
    ),
    ...script.text.map((piece): SessionEvent => ({ type: 'text.delta', data: { step: number, text: piece } })),
    { type: 'step.finished', data: { ...written, finish_reason: 'stop', usage: null } },
    ...calls.flatMap(({ call_id, tool, arguments: args, status, result, duration_ms }): SessionEvent[] => [
      { type: 'tool.called', data: { step: number, call_id, tool, arguments: args } },
      { type: 'tool.started', data: { call_id } },
      { type: 'tool.finished', data: { call_id, status, result, duration_ms } },
    ]),
  ]
}

/** The entries after `cursor` as a server may send them when the log holds `length`: deltas of finished steps are gone. */
export function entriesAfter(log: ScriptedLog, cursor: number, length: number): readonly Entry[] {
  const stored = log.entries.slice(0, length)
  const finished = new Set(stored.flatMap((entry) => (entry.type === 'step.finished' ? [stepKey(entry)] : [])))
  return stored.filter((entry) => {
    if (entry.seq <= cursor) return false
    const isDelta = entry.type === 'text.delta' || entry.type === 'reasoning.delta'
    return !isDelta || !finished.has(stepKey(entry))
  })
}

function stepKey(entry: Extract<Entry, { data: { step: number } }>): string {
  return `${entry.turn_id}/${entry.data.step}`
}
