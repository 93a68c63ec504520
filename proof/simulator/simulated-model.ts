import type { ChatModel, ModelEventSink, ModelReply, ModelRequest } from '../../server/agent/model.ts'
import type { Tool, ToolResult } from '../../server/agent/tool.ts'
import type { ModelReply as ReplyEvidence, ToolRun } from '../evidence/history.ts'

/** A question that the schedule answers, piece by piece. */
export class LiveReply {
  readonly request: ModelRequest
  readonly #sink: ModelEventSink
  readonly #result = Promise.withResolvers<ModelReply>()
  #ending: ReplyEvidence['ending'] | null = null

  constructor(request: ModelRequest, sink: ModelEventSink, signal: AbortSignal) {
    this.request = request
    this.#sink = sink
    signal.addEventListener('abort', () => this.#end('stopped', () => this.#result.reject(signal.reason)), {
      once: true,
    })
  }

  get result(): Promise<ModelReply> {
    return this.#result.promise
  }

  get isLive(): boolean {
    return this.#ending === null
  }

  /** What the person has asked. */
  get message(): string {
    return this.request.messages.findLast(({ role }) => role === 'user')?.content ?? ''
  }

  says(text: string): void {
    void this.#sink({ type: 'text', text })
  }

  finishes(): void {
    const usage = { inputTokens: 11, outputTokens: 7 }
    this.#end('finished', () => this.#resolve({ status: 'finished', finishReason: 'stop', toolCalls: [], usage }))
  }

  /** Asks for the tool, with a mark that no other call has. */
  callsTool(mark: string): void {
    const toolCalls = [{ callId: `call ${mark}`, tool: 'note', arguments: JSON.stringify({ mark }) }]
    this.#end('finished', () =>
      this.#resolve({ status: 'finished', finishReason: 'tool_calls', toolCalls, usage: null }),
    )
  }

  breaksOff(): void {
    this.#end('broken', () => this.#resolve({ status: 'truncated', message: 'broken off by the schedule' }))
  }

  fails(): void {
    const message = 'failed by the schedule'
    this.#end('failed', () => this.#resolve({ status: 'failed', reason: 'backend_error', message }))
  }

  /** As the model's own log would have it. */
  get evidence(): ReplyEvidence {
    const prompt = JSON.stringify(this.request.messages)
    return { prompt, message: this.message, ending: this.#ending ?? 'stopped' }
  }

  #resolve(reply: ModelReply): void {
    this.#result.resolve(reply)
  }

  #end(ending: ReplyEvidence['ending'], settle: () => void): void {
    if (this.#ending !== null) return
    this.#ending = ending
    settle()
  }
}

/** A model that says what the schedule makes it say. It outlives the servers that ask it. */
export class SimulatedModel implements ChatModel {
  readonly name = 'simulated'
  readonly replies: LiveReply[] = []

  reply(request: ModelRequest, sink: ModelEventSink, signal: AbortSignal): Promise<ModelReply> {
    const reply = new LiveReply(request, sink, signal)
    this.replies.push(reply)
    return reply.result
  }

  get live(): LiveReply[] {
    return this.replies.filter((reply) => reply.isLive)
  }
}

interface OpenRun {
  readonly mark: string
  readonly result: PromiseWithResolvers<ToolResult>
  hasRun: boolean
}

/** The tool whose runs are counted: it writes its mark down when the schedule lets it, and answers when it may. */
export class SimulatedTool implements Tool {
  readonly definition = { name: 'note', description: 'Writes a mark down.', parameters: { type: 'object' } }
  /** The ledger. No server can touch it. */
  readonly ledger: ToolRun[] = []
  readonly #open: OpenRun[] = []

  parse(argumentsJson: string): ReturnType<Tool['parse']> {
    const value: unknown = JSON.parse(argumentsJson)
    const mark = typeof value === 'object' && value !== null && 'mark' in value ? String(value.mark) : undefined
    return mark === undefined ? { ok: false, problem: 'there is no mark' } : { ok: true, value: mark }
  }

  execute(value: unknown, signal: AbortSignal): Promise<ToolResult> {
    const run: OpenRun = { mark: String(value), result: Promise.withResolvers(), hasRun: false }
    this.#open.push(run)
    signal.addEventListener('abort', () => run.result.reject(signal.reason), { once: true })
    return run.result.promise
  }

  /** The oldest run has its effect or, when it has had it, says so. */
  goOn(): void {
    const [run] = this.#open
    if (!run) return
    if (run.hasRun) {
      this.#open.shift()
      run.result.resolve({ status: 'ok', result: 'noted' })
    } else {
      run.hasRun = true
      this.ledger.push({ mark: run.mark })
    }
  }

  get isRunning(): boolean {
    return this.#open.length > 0
  }

  /** The server that ran it is dead: what has not had its effect has none, what had it has it. */
  forgetRuns(): void {
    this.#open.length = 0
  }
}
