import { z } from 'zod'

/**
 * What a scripted model does for one request: actions, one after the other. After the last one the response ends; where
 * that is not wanted, let the last one be `hang`, `reset` or `hang_up`.
 */
export const scriptActionSchema = z.discriminatedUnion('do', [
  /** One chunk with this text. */
  z.object({ do: z.literal('text'), text: z.string() }),
  /** The text word by word, a chunk each, `delay_ms` before every one. */
  z.object({ do: z.literal('words'), text: z.string(), delay_ms: z.number().nonnegative().default(0) }),
  z.object({ do: z.literal('reasoning'), text: z.string() }),
  /** One piece of a tool call, with what is given and nothing else. */
  z.object({
    do: z.literal('tool_call'),
    index: z.int().optional(),
    id: z.string().optional(),
    name: z.string().optional(),
    arguments: z.string().optional(),
  }),
  /** How much of the prompt has been read, as llama.cpp says it before the first token. */
  z.object({ do: z.literal('read_prompt'), processed: z.number(), total: z.number(), cache: z.number().default(0) }),
  z.object({ do: z.literal('finish'), reason: z.string() }),
  z.object({ do: z.literal('usage'), input: z.int(), output: z.int() }),
  /** `data: [DONE]`. */
  z.object({ do: z.literal('done') }),
  /** An error inside the stream. */
  z.object({ do: z.literal('error'), message: z.string() }),
  /** A comment, as servers send to keep a connection open. */
  z.object({ do: z.literal('comment'), text: z.string() }),
  /** Bytes of the body as they are. */
  z.object({
    do: z.literal('raw'),
    data: z.union([z.string(), z.custom<Uint8Array>((value) => value instanceof Uint8Array)]),
  }),
  /** Status and headers, sent at once. Without it the first bytes bring 200 and `text/event-stream`. */
  z.object({ do: z.literal('head'), status: z.int(), headers: z.record(z.string(), z.string()).default({}) }),
  /** Hang up as soon as so many bytes of the body have gone out. */
  z.object({ do: z.literal('cut_after'), bytes: z.int().nonnegative() }),
  z.object({ do: z.literal('wait'), ms: z.number().nonnegative() }),
  /** Nothing more until the test says `goOn`. */
  z.object({ do: z.literal('hold') }),
  /** Nothing more, with the connection open, until the client closes it. */
  z.object({ do: z.literal('hang') }),
  /** Break the connection with RST. */
  z.object({ do: z.literal('reset') }),
  /** Break the connection with FIN, in the middle of the response. */
  z.object({ do: z.literal('hang_up') }),
])
export type ScriptAction = z.infer<typeof scriptActionSchema>
export type ModelScript = readonly ScriptAction[]

/** The actions that put bytes into the body, one frame or piece each. */
export type FramedAction = Extract<
  ScriptAction,
  { do: 'text' | 'reasoning' | 'tool_call' | 'read_prompt' | 'finish' | 'usage' | 'done' | 'error' | 'comment' | 'raw' }
>

export function text(content: string): FramedAction {
  return { do: 'text', text: content }
}

export function words(content: string, delayMs: number): ScriptAction {
  return { do: 'words', text: content, delay_ms: delayMs }
}

export function readPrompt(processed: number, total: number, cache = 0): FramedAction {
  return { do: 'read_prompt', processed, total, cache }
}

/** The usual end of a reply: finish_reason, usage, [DONE]. */
export function finished(reason = 'stop'): FramedAction[] {
  return [{ do: 'finish', reason }, { do: 'usage', input: 11, output: 7 }, { do: 'done' }]
}

/** A whole tool call in one piece, and the usual end. */
export function callTool(name: string, argumentsJson: string, id = 'call_a'): FramedAction[] {
  return [{ do: 'tool_call', index: 0, id, name, arguments: argumentsJson }, ...finished('tool_calls')]
}

/** An answer that is no reply: a status with a body. */
export function refuse(status: number, body = '', headers: Record<string, string> = {}): ScriptAction[] {
  return [
    { do: 'head', status, headers },
    { do: 'raw', data: body },
  ]
}

/** The bytes that an action puts into the body. */
export function toFrame(action: FramedAction): Uint8Array {
  switch (action.do) {
    case 'raw':
      return typeof action.data === 'string' ? Buffer.from(action.data) : action.data
    case 'comment':
      return Buffer.from(`: ${action.text}\n\n`)
    case 'done':
      return Buffer.from('data: [DONE]\n\n')
    case 'error':
      return frameOf({ error: { message: action.message, type: 'server_error' } })
    case 'usage': {
      const { input, output } = action
      return frameOf(chunkOf([], { prompt_tokens: input, completion_tokens: output, total_tokens: input + output }))
    }
    case 'finish':
      return frameOf(chunkOf([{ index: 0, delta: {}, finish_reason: action.reason }]))
    case 'text':
      return frameOf(deltaOf({ content: action.text }))
    case 'reasoning':
      return frameOf(deltaOf({ reasoning_content: action.text }))
    case 'read_prompt': {
      const { processed, total, cache } = action
      const chunk = deltaOf({ role: 'assistant', content: null })
      return frameOf({ ...chunk, prompt_progress: { total, cache, processed, time_ms: processed } })
    }
    case 'tool_call': {
      const { index, id, name, arguments: argumentsJson } = action
      const piece = { index, id, type: 'function', function: { name, arguments: argumentsJson } }
      return frameOf(deltaOf({ tool_calls: [piece] }))
    }
  }
}

/** The whole body that a script of framed actions makes. */
export function toBody(script: readonly FramedAction[]): Uint8Array {
  return Buffer.concat(script.map(toFrame))
}

function deltaOf(delta: object) {
  return chunkOf([{ index: 0, delta, finish_reason: null }])
}

function chunkOf(choices: readonly object[], usage?: object) {
  return { id: 'chatcmpl-scripted', object: 'chat.completion.chunk', created: 0, model: 'scripted', choices, usage }
}

function frameOf(value: object): Uint8Array {
  return Buffer.from(`data: ${JSON.stringify(value)}\n\n`)
}
