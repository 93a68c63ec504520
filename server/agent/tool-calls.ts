import { type ToolCallId, toolCallIdSchema } from '../../protocol/ids.ts'
import { appendEvent } from './append-event.ts'
import type { ModelMessage, ModelToolCall } from './model.ts'
import type { AgentResult, AgentRun, PastCall } from './run-agent.ts'
import { toStorableText } from './storable-text.ts'
import type { Tool, ToolResult } from './tool.ts'
import { untilAborted } from './until-aborted.ts'

/**
 * A tool call is prepared (found, parsed), started and finished, each of them an entry. Two commits stand before the tool
 * runs: of the call, so that what runs is what was shown (I7), and of its start, so that after a crash nobody runs it a
 * second time (R3, R10).
 */

/** Calls in a turn that name no tool or have unusable arguments: the model may correct itself so often (F55). */
const MAX_BAD_CALLS = 3
export const TOO_MANY_BAD_CALLS: AgentResult = {
  status: 'failed',
  reason: 'tool_protocol',
  message: `The model asked for tools in a form that cannot be used more than ${MAX_BAD_CALLS} times. Send the message again, or try a model that is better with tools.`,
}
export const MAX_RESULT_BYTES = 1024 * 1024
const MAX_ARGUMENT_CHARACTERS = 256 * 1024
const MAX_ARGUMENT_DEPTH = 64
const BROKE_DOWN = 'The tool broke down while it ran: it may or may not have taken effect.'

/** A call as the turn's log names it: its id is unique in the turn and every text can be stored. */
export interface NamedCall extends ModelToolCall {
  readonly callId: ToolCallId
}

type Prepared =
  | { readonly ok: true; readonly tool: Tool; readonly value: unknown }
  | { readonly ok: false; readonly problem: string }

/** The tool calls of one turn. */
export class TurnToolCalls {
  readonly #run: AgentRun
  readonly #takenIds = new Set<string>()
  #badCalls = 0

  constructor(run: AgentRun) {
    this.#run = run
  }

  get hasTooManyBadCalls(): boolean {
    return this.#badCalls > MAX_BAD_CALLS
  }

  /** Makes the calls of a step storable and their ids unique in the turn (F55). */
  name(calls: readonly ModelToolCall[]): NamedCall[] {
    return calls.map((call) => ({
      callId: this.#uniqueId(call.callId),
      tool: toStorableText(call.tool.slice(0, 128)),
      arguments: toStorableText(call.arguments),
    }))
  }

  /** Runs the calls of a step, one after the other, and answers with what to tell the model. */
  async runAll(calls: readonly NamedCall[]): Promise<ModelMessage[]> {
    const answers: ModelMessage[] = []
    for (const call of calls) answers.push(answerOf(call, await this.#runOne(call)))
    return answers
  }

  /** The same for calls that an earlier worker may have run: a result that is there is told as it is. */
  async takeUp(calls: readonly PastCall[]): Promise<ModelMessage[]> {
    for (const call of calls) this.#takenIds.add(call.callId)
    const answers: ModelMessage[] = []
    for (const call of calls) {
      if (call.started && !call.finished) throw new Error(`tool call ${call.callId} has started: it must not run again`)
      if (call.finished && !call.started) this.#badCalls += 1 // it never was more than a bad call
      answers.push(answerOf(call, call.finished?.result ?? (await this.#runOne(call))))
    }
    return answers
  }

  async #runOne(call: NamedCall): Promise<string> {
    const prepared: Prepared = this.hasTooManyBadCalls
      ? { ok: false, problem: 'Not run: too many calls of this turn were invalid.' }
      : prepareCall(this.#run.tools, call)
    if (!prepared.ok) {
      this.#badCalls += 1
      return this.#finish(call, { status: 'error', result: prepared.problem }, null)
    }
    await this.#committed()
    await appendEvent(this.#run, { type: 'tool.started', data: { call_id: call.callId } })
    await this.#committed()
    return this.#execute(call, prepared)
  }

  async #execute(call: NamedCall, { tool, value }: Extract<Prepared, { ok: true }>): Promise<string> {
    const { clock, signal } = this.#run
    const startedMs = clock.monotonicMs()
    try {
      const result = await untilAborted(tool.execute(value, signal), signal)
      return await this.#finish(call, result, clock.monotonicMs() - startedMs)
    } catch (error) {
      // A bug of the tool's, and nobody can say what it did before: log that, then let the turn fail (F25).
      if (!signal.aborted) await this.#finish(call, { status: 'unknown', result: BROKE_DOWN }, null)
      throw error
    }
  }

  async #finish(
    call: NamedCall,
    { status, result }: ToolResult | { status: 'unknown'; result: string },
    durationMs: number | null,
  ): Promise<string> {
    const kept = keepFirstMegabyte(toStorableText(result))
    await appendEvent(this.#run, {
      type: 'tool.finished',
      data: { call_id: call.callId, status, result: kept, duration_ms: durationMs },
    })
    return kept
  }

  #committed(): Promise<void> {
    return untilAborted(this.#run.committed(), this.#run.signal)
  }

  #uniqueId(wanted: string): ToolCallId {
    const base = toStorableText(wanted.slice(0, 100)) || 'call'
    let id = base
    for (let n = 2; this.#takenIds.has(id); n += 1) id = `${base}-${n}`
    this.#takenIds.add(id)
    return toolCallIdSchema.parse(id)
  }
}

function answerOf({ callId }: NamedCall, content: string): ModelMessage {
  return { role: 'tool', callId, content }
}

/** Finds the tool and parses the arguments, or says in words for the model what is wrong with the call. */
function prepareCall(tools: readonly Tool[], call: NamedCall): Prepared {
  const tool = tools.find((candidate) => candidate.definition.name === call.tool)
  if (!tool) {
    const names = tools.map((known) => known.definition.name).join(', ')
    return { ok: false, problem: `There is no tool named "${call.tool}". The tools are: ${names || 'none'}.` }
  }
  if (call.arguments.length > MAX_ARGUMENT_CHARACTERS) return { ok: false, problem: 'The arguments are too long.' }
  if (isNestedDeeperThan(call.arguments, MAX_ARGUMENT_DEPTH)) {
    return { ok: false, problem: `The arguments are nested more than ${MAX_ARGUMENT_DEPTH} levels deep.` }
  }
  const parsed = tool.parse(call.arguments)
  return parsed.ok ? { ok: true, tool, value: parsed.value } : { ok: false, problem: parsed.problem }
}

/**
 * Looks at the JSON text itself: what walks the parsed value would overflow the stack (F55, R15). A string that never ends
 * is one match up to the end, or the search would begin anew at each of its quotation marks.
 */
function isNestedDeeperThan(json: string, limit: number): boolean {
  let depth = 0
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*(?:"|\\?$)|[[\]{}]/gs)) {
    if (token === '[' || token === '{') depth += 1
    else if (token === ']' || token === '}') depth -= 1
    if (depth > limit) return true
  }
  return false
}

/** Cuts a result to {@link MAX_RESULT_BYTES} of UTF-8 and says that it was cut. */
function keepFirstMegabyte(result: string): string {
  if (result.length * 3 <= MAX_RESULT_BYTES) return result
  const bytes = Buffer.from(result)
  if (bytes.length <= MAX_RESULT_BYTES) return result
  const note = `\n[cut here: the result had ${bytes.length} bytes]`
  // A decoder that expects more leaves out the half character at the cut.
  const kept = new TextDecoder().decode(bytes.subarray(0, MAX_RESULT_BYTES - note.length), { stream: true })
  return kept + note
}
