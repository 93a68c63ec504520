import type { Entry } from '../../protocol/entry.ts'
import type { MessageId, Seq, ToolCallId, TurnId } from '../../protocol/ids.ts'
import type { MessageImage } from '../../protocol/image.ts'
import type { Message, Step, ToolStatus } from '../../protocol/message.ts'
import type { Transcript } from '../../protocol/transcript.ts'
import type { Holder, TurnOutcome, TurnPhase, TurnUsage } from '../../protocol/turn.ts'

/*
 * What a session looks like: its settled messages and the turn that is running. It is made from a transcript and then
 * carried forward by the log's entries, one at a time:
 *
 *   viewOfTranscript(transcript at cursor c) + entries after c  =  viewOfTranscript(transcript later) + entries after it
 *
 * That equation is what makes a refresh, a second tab and a reconnect invisible, and its test is the one to keep. What
 * it rests on: an entry is applied once (by its seq), and `step.finished` replaces the deltas of its step, so it does
 * not matter how many of them were seen. A settled message never changes its identity, so it is never drawn again.
 */

/** `requested`: the model asked for it. `started`: it runs, or ran when its process ended. The rest: how it finished. */
export type ToolCallState = 'requested' | 'started' | ToolStatus

export interface ToolCallView {
  readonly callId: ToolCallId
  readonly tool: string
  readonly arguments: string
  readonly state: ToolCallState
  readonly result: string
  readonly durationMs: number | null
}

export interface StepView {
  readonly step: number
  readonly text: string
  readonly reasoning: string
  /** How long the model thought; null while it does, and where nobody knows. */
  readonly reasoningMs: number | null
  /** True while the model writes this step: its last line may not be whole. */
  readonly isWriting: boolean
  readonly toolCalls: readonly ToolCallView[]
}

export interface MessageView {
  readonly messageId: MessageId
  readonly turnId: TurnId | null
  readonly role: 'user' | 'assistant'
  readonly content: string
  readonly images: readonly MessageImage[]
  readonly steps: readonly StepView[]
  readonly outcome: TurnOutcome | null
  readonly usage: TurnUsage | null
  /** Milliseconds since 1970. */
  readonly createdAt: number
  /** Of a question: those that stand or stood at its place, itself included; empty where it is the only one. */
  readonly alternatives: readonly MessageId[]
}

export interface LiveTurn {
  readonly turnId: TurnId
  readonly holder: Holder
  readonly phase: TurnPhase
  readonly startedAt: number
  readonly user: MessageView
  /** Grows with each entry, and becomes the settled message when the turn ends. */
  readonly assistant: MessageView
}

export interface SessionView {
  readonly settled: readonly MessageView[]
  readonly live: LiveTurn | null
  /** Seq of the last entry applied. */
  readonly cursor: Seq
  /** Whether messages older than the first one here exist. */
  readonly hasEarlier: boolean
}

export function viewOfTranscript(transcript: Transcript): SessionView {
  return {
    settled: transcript.messages.map(viewOfMessage),
    live: null,
    cursor: transcript.cursor,
    hasEarlier: transcript.has_more,
  }
}

/** The same view with an earlier page of its messages before it. */
export function prependEarlier(view: SessionView, page: Transcript): SessionView {
  const known = new Set(view.settled.map((message) => message.messageId))
  const earlier = page.messages.filter((message) => !known.has(message.message_id)).map(viewOfMessage)
  return { ...view, settled: [...earlier, ...view.settled], hasEarlier: page.has_more }
}

/** The view after one more entry. An entry that was applied before changes nothing. */
export function applyEntry(view: SessionView, entry: Entry): SessionView {
  if (entry.seq <= view.cursor) return view
  const after = { ...view, cursor: entry.seq }
  switch (entry.type) {
    case 'turn.started':
      return { ...after, live: startTurn(entry) }
    case 'turn.ended':
      return settleTurn(after, entry)
    case 'messages.copied':
      return { ...after, settled: [...view.settled, ...entry.data.messages.map(viewOfMessage)] }
    case 'messages.removed':
      return removeMessages(after, entry.data.message_ids)
    case 'messages.restored':
      // what is restored follows all that is still shown
      return { ...after, settled: [...view.settled, ...entry.data.messages.map(viewOfMessage)] }
    default:
      return { ...after, live: advanceTurn(view.live, entry) }
  }
}

/** `before` and `after`: it stands there, or is gone. Of what is `gone` it is known that it was put aside or removed. */
export type MessagePlace = 'shown' | 'before' | 'after' | 'gone'

/** Where a settled message or a question is, as far as it is known here. */
export function placeOf({ settled, live, hasEarlier }: SessionView, messageId: MessageId): MessagePlace {
  const asked = live?.user.messageId
  if (asked === messageId || settled.some((message) => message.messageId === messageId)) return 'shown'
  const newest = asked ?? settled.at(-1)?.messageId
  if (newest === undefined || messageId > newest) return 'after'
  return hasEarlier && messageId < (settled.at(0)?.messageId ?? newest) ? 'before' : 'gone'
}

/** Whether a question that was asked after that message says just this. */
export function isSaidAfter({ settled, live }: SessionView, messageId: MessageId, text: string): boolean {
  const questions = settled.filter((message) => message.role === 'user')
  return [...questions, ...(live ? [live.user] : [])].some(
    (question) => question.messageId > messageId && question.content === text.trimEnd(),
  )
}

/** The tool that runs now, if any. */
export function runningTool(message: MessageView): string | null {
  const calls = message.steps.at(-1)?.toolCalls ?? []
  return calls.findLast((call) => call.state === 'started')?.tool ?? null
}

const NONE: readonly never[] = []

type EntryOf<Type extends Entry['type']> = Extract<Entry, { type: Type }>
type EntryWithinTurn = Exclude<
  Entry,
  { type: 'turn.started' | 'turn.ended' | 'messages.copied' | 'messages.removed' | 'messages.restored' }
>

function startTurn(entry: EntryOf<'turn.started'>): LiveTurn | null {
  const { turn_id: turnId, at, data } = entry
  if (turnId === null) return null
  const shared = { turnId, steps: [], outcome: null, usage: null, createdAt: at, images: NONE, alternatives: NONE }
  return {
    turnId,
    holder: data.holder,
    phase: 'running',
    startedAt: at,
    user: {
      ...shared,
      messageId: data.user_message_id,
      role: 'user',
      content: data.message,
      images: data.images ?? NONE,
      alternatives: data.alternatives ?? NONE,
    },
    assistant: { ...shared, messageId: data.assistant_message_id, role: 'assistant', content: '' },
  }
}

/** Entries of a turn whose start this view has not seen belong to a turn it shows settled; they change nothing. */
function advanceTurn(live: LiveTurn | null, entry: EntryWithinTurn): LiveTurn | null {
  if (live === null || live.turnId !== entry.turn_id) return live
  if (entry.type === 'turn.phase_changed') return { ...live, phase: entry.data.phase }
  if (entry.type === 'turn.resumed') return resumeTurn(live, entry)
  const steps = advanceSteps(live.assistant.steps, entry)
  return { ...live, assistant: { ...live.assistant, steps } }
}

/** Another worker goes on. What is void is the step that was unfinished. */
function resumeTurn(live: LiveTurn, { data }: EntryOf<'turn.resumed'>): LiveTurn {
  const steps = live.assistant.steps
  const kept = data.void_after === null ? steps : steps.filter((step) => !step.isWriting)
  return { ...live, phase: 'running', assistant: { ...live.assistant, steps: kept } }
}

type EntryWithinStep = Exclude<EntryWithinTurn, { type: 'turn.phase_changed' | 'turn.resumed' }>

function advanceSteps(steps: readonly StepView[], entry: EntryWithinStep): readonly StepView[] {
  switch (entry.type) {
    case 'step.started':
      // A step that is started again was void: it is written anew.
      return [...steps.filter((step) => step.step < entry.data.step), newStep(entry.data.step)]
    case 'text.delta':
      return changeStep(steps, entry.data.step, (step) => ({ ...step, text: step.text + entry.data.text }))
    case 'reasoning.delta':
      return changeStep(steps, entry.data.step, (step) => ({ ...step, reasoning: step.reasoning + entry.data.text }))
    case 'step.finished': {
      const { text, reasoning, reasoning_ms: reasoningMs = null } = entry.data
      return changeStep(steps, entry.data.step, (step) => ({ ...step, text, reasoning, reasoningMs, isWriting: false }))
    }
    case 'tool.called':
      return changeStep(steps, entry.data.step, (step) => requestCall(step, entry))
    case 'tool.started':
      return changeCall(steps, entry.data.call_id, (call) => ({ ...call, state: 'started' }))
    case 'tool.finished': {
      const { status: state, result, duration_ms: durationMs } = entry.data
      return changeCall(steps, entry.data.call_id, (call) => ({ ...call, state, result, durationMs }))
    }
  }
}

function newStep(step: number): StepView {
  return { step, text: '', reasoning: '', reasoningMs: null, isWriting: true, toolCalls: [] }
}

function requestCall(step: StepView, entry: EntryOf<'tool.called'>): StepView {
  const { call_id: callId, tool, arguments: args } = entry.data
  const call: ToolCallView = { callId, tool, arguments: args, state: 'requested', result: '', durationMs: null }
  return { ...step, toolCalls: [...step.toolCalls, call] }
}

/** Changes one step and keeps the identity of the others. */
function changeStep(
  steps: readonly StepView[],
  number: number,
  change: (step: StepView) => StepView,
): readonly StepView[] {
  const known = steps.some((step) => step.step === number)
  const all = known ? steps : [...steps, newStep(number)]
  return all.map((step) => (step.step === number ? change(step) : step))
}

function changeCall(
  steps: readonly StepView[],
  callId: ToolCallId,
  change: (call: ToolCallView) => ToolCallView,
): readonly StepView[] {
  return steps.map((step) => {
    if (!step.toolCalls.some((call) => call.callId === callId)) return step
    return { ...step, toolCalls: step.toolCalls.map((call) => (call.callId === callId ? change(call) : call)) }
  })
}

function settleTurn(view: SessionView, entry: EntryOf<'turn.ended'>): SessionView {
  const { live } = view
  if (live === null || live.turnId !== entry.turn_id) return view
  const { outcome, content, usage } = entry.data
  const steps = live.assistant.steps.map((step) => (step.isWriting ? { ...step, isWriting: false } : step))
  const assistant = { ...live.assistant, content, outcome, usage, steps, createdAt: entry.at }
  return { ...view, settled: [...view.settled, live.user, assistant], live: null }
}

function removeMessages(view: SessionView, messageIds: readonly MessageId[]): SessionView {
  const removed = new Set(messageIds)
  return { ...view, settled: view.settled.filter((message) => !removed.has(message.messageId)) }
}

function viewOfMessage(message: Message): MessageView {
  return {
    messageId: message.message_id,
    turnId: message.turn_id,
    role: message.role,
    content: message.content,
    images: message.images ?? NONE,
    steps: message.steps.map(viewOfStep),
    outcome: message.outcome,
    usage: message.usage,
    createdAt: parseTime(message.created_at),
    alternatives: message.alternatives ?? NONE,
  }
}

function viewOfStep(step: Step): StepView {
  return {
    step: step.step,
    text: step.text,
    reasoning: step.reasoning,
    reasoningMs: step.reasoning_ms ?? null,
    isWriting: false,
    toolCalls: step.tool_calls.map((call) => ({
      callId: call.call_id,
      tool: call.tool,
      arguments: call.arguments,
      state: call.status,
      result: call.result,
      durationMs: call.duration_ms,
    })),
  }
}

/** Times are UTC, with or without saying so. */
export function parseTime(text: string): number {
  const hasZone = /(Z|[+-]\d{2}:?\d{2})$/.test(text)
  return Date.parse(hasZone ? text : `${text}Z`)
}
