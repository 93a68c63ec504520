import type { Entry } from '../../../protocol/entry.ts'
import type { Seq } from '../../../protocol/ids.ts'
import { type GaiaEvent, gaiaFrame } from './gaia-events.ts'
import { describeUsage } from './gaia-message.ts'
import { parseArguments, summarize } from './tool-summary.ts'

/** Clients show "step N of 50"; the number is GAIA's. */
const TOTAL_STEPS = 50

/** What a stopped turn without any text is shown as. It is not stored: an empty answer stays empty. */
export const CANCELLED_CONTENT = 'Cancelled.'

type EntryOf<Type extends Entry['type']> = Extract<Entry, { readonly type: Type }>

interface CalledTool {
  readonly tool: string
  readonly argumentsJson: string
  shown: boolean
}

/**
 * One turn's entries as GAIA's events, in the order its clients expect (contract 2.3). It must see the turn from its first
 * entry, because an event may need what an earlier entry said; what the reader has already is translated and left out.
 *
 * All chunks put together are the answer's content. Deltas may be missing where `step.finished` has replaced them (D7): the
 * rest of the step's text then comes as one chunk. Where it cannot be known how much of a step a reader has, none comes, and
 * `answer`, which replaces everything, sets it right. The same `answer` takes back what a reader has seen of a void step (D6).
 */
export class GaiaTranslator {
  readonly #resumeAfter: number
  readonly #tools = new Map<string, CalledTool>()
  #startedAt = 0
  #messageId = 0
  #steps = 0
  #toolsUsed = 0
  #previousSeq: number | null = null
  /** Texts of the steps before this one, joined. */
  #earlierText = ''
  #step = 0
  #stepSeq = 0
  #stepText = ''
  #stepReasoning = ''
  /** The reader's place stands among deltas of this step that were not read here. */
  #isShownUnknown = false

  /** `resumeAfter`: seq of the last entry that the reader has. */
  constructor(resumeAfter: number) {
    this.#resumeAfter = resumeAfter
  }

  /** The entry's frames, or nothing. Only the last one carries the entry's seq as its id, so that a cursor never cuts an entry. */
  translate(entry: Entry): string {
    this.#isShownUnknown ||= this.#hasGapBefore(entry.seq) && this.#resumeAfter > (this.#previousSeq ?? entry.seq)
    const events = this.#eventsOf(entry)
    this.#previousSeq = entry.seq
    if (entry.seq <= this.#resumeAfter) return ''
    const last = events.length - 1
    return events.map((event, index) => (index === last ? withId(entry.seq, event) : gaiaFrame(event))).join('')
  }

  #eventsOf(entry: Entry): GaiaEvent[] {
    switch (entry.type) {
      case 'turn.started':
        this.#startedAt = entry.at
        this.#messageId = entry.data.assistant_message_id
        return [{ type: 'status', status: 'info', message: 'Connecting to LLM...' }]
      case 'turn.phase_changed':
        if (entry.data.phase !== 'waiting_for_slot') return []
        return [{ type: 'status', status: 'info', message: 'Waiting for the model: other chats are using it...' }]
      case 'turn.resumed':
        return this.#resumeTurn(entry)
      case 'step.started':
        return this.#startStep(entry)
      case 'text.delta':
        return this.#addText(entry.data.text)
      case 'reasoning.delta':
        return this.#addReasoning(entry.data.text)
      case 'step.finished':
        return this.#finishStep(entry)
      case 'tool.called':
        this.#tools.set(entry.data.call_id, {
          tool: entry.data.tool,
          argumentsJson: entry.data.arguments,
          shown: false,
        })
        return []
      case 'tool.started':
        return this.#showTool(entry.data.call_id)
      case 'tool.finished':
        return this.#finishTool(entry)
      case 'turn.ended':
        return this.#endTurn(entry)
      case 'messages.copied':
      case 'messages.removed':
      case 'messages.restored':
        return []
    }
  }

  #resumeTurn({ at, data }: EntryOf<'turn.resumed'>): GaiaEvent[] {
    const takenBack = data.void_after === null ? [] : this.#takeBackStep(at)
    return [...takenBack, { type: 'status', status: 'info', message: 'The server was restarted and goes on...' }]
  }

  /** The step's text so far is void: a reader who may have seen some of it is given the answer without it. */
  #takeBackStep(at: number): GaiaEvent[] {
    const mayBeSeen = this.#stepText !== '' || this.#resumeAfter > this.#stepSeq
    this.#beginStep(Number.POSITIVE_INFINITY)
    return mayBeSeen ? [this.#answer(this.#earlierText, at)] : []
  }

  #beginStep(seq: number): void {
    this.#stepSeq = seq
    this.#stepText = ''
    this.#stepReasoning = ''
    this.#isShownUnknown = false
  }

  #startStep({ seq, at, data: { step, model } }: EntryOf<'step.started'>): GaiaEvent[] {
    const started: GaiaEvent = { type: 'step', step, total: TOTAL_STEPS, status: 'started', channel: 'debug' }
    if (step === this.#step) {
      const takenBack = this.#takeBackStep(at)
      this.#beginStep(seq)
      return [...takenBack, started]
    }
    this.#earlierText = joinTexts(this.#earlierText, this.#stepText)
    this.#beginStep(seq)
    this.#step = step
    this.#steps += 1
    if (this.#steps > 1) return [started]
    return [
      { type: 'status', status: 'info', message: 'Sending to model...' },
      { type: 'status', status: 'working', message: `Processing with ${model}...`, channel: 'debug' },
      started,
    ]
  }

  #addText(text: string): GaiaEvent[] {
    if (text === '') return []
    const isFirst = this.#stepText === ''
    this.#stepText += text
    return [{ type: 'chunk', content: isFirst && this.#earlierText !== '' ? `\n\n${text}` : text }]
  }

  #addReasoning(text: string): GaiaEvent[] {
    if (text === '') return []
    this.#stepReasoning += text
    return [{ type: 'thinking', content: text }]
  }

  #finishStep({ data: { text, reasoning } }: EntryOf<'step.finished'>): GaiaEvent[] {
    const events = [
      ...this.#addReasoning(restOf(reasoning, this.#stepReasoning)),
      ...this.#addText(restOf(text, this.#stepText)),
    ]
    this.#stepText = text
    return this.#isShownUnknown ? [] : events
  }

  /** True where entries before `seq` were not read: deltas that a finished step has replaced. */
  #hasGapBefore(seq: Seq): boolean {
    return this.#previousSeq !== null && seq !== this.#previousSeq + 1
  }

  /** Not when it is called but when it runs: clients pair a result with the last tool that was shown. */
  #showTool(callId: string): GaiaEvent[] {
    const called = this.#tools.get(callId)
    if (!called || called.shown) return []
    called.shown = true
    const { tool, argumentsJson } = called
    const detail = summarize(argumentsJson)
    return [
      { type: 'tool_start', tool, detail },
      { type: 'tool_args', tool, args: parseArguments(argumentsJson), detail },
    ]
  }

  #finishTool({ data }: EntryOf<'tool.finished'>): GaiaEvent[] {
    this.#toolsUsed += 1
    const success = data.status === 'ok'
    return [
      ...this.#showTool(data.call_id),
      {
        type: 'tool_result',
        title: this.#tools.get(data.call_id)?.tool ?? '',
        summary: summarize(data.result),
        success,
        ...(data.duration_ms !== null && { latency_ms: data.duration_ms }),
      },
      { type: 'tool_end', success },
    ]
  }

  #answer(content: string, at: number): Extract<GaiaEvent, { type: 'answer' }> {
    const elapsed = Math.max(0, at - this.#startedAt) / 1000
    return { type: 'answer', content, elapsed, steps: this.#steps, tools_used: this.#toolsUsed }
  }

  #endTurn({ at, data: { outcome, content, usage } }: EntryOf<'turn.ended'>): GaiaEvent[] {
    const done = (shown: string): GaiaEvent => ({
      type: 'done',
      message_id: this.#messageId,
      content: shown,
      ...(usage && { stats: describeUsage(usage) }),
    })
    switch (outcome.status) {
      case 'completed': {
        const answer = this.#answer(content, at)
        const { steps, elapsed } = answer
        return [
          answer,
          { type: 'status', status: 'complete', message: `Completed in ${steps} steps`, steps, elapsed },
          done(content),
        ]
      }
      case 'failed':
      case 'interrupted':
        return [{ type: 'error', content: outcome.message }, done(content)]
      case 'cancelled':
        return [done(content || CANCELLED_CONTENT)]
    }
  }
}

function joinTexts(earlier: string, text: string): string {
  return earlier !== '' && text !== '' ? `${earlier}\n\n${text}` : earlier + text
}

function withId(seq: Seq, event: GaiaEvent): string {
  return `id: ${seq}\n${gaiaFrame(event)}`
}

/** What `whole` has beyond `shown`. Nothing where it does not begin with it: what was shown is never contradicted here. */
function restOf(whole: string, shown: string): string {
  return whole.startsWith(shown) ? whole.slice(shown.length) : ''
}
