import { z } from 'zod'
import type { Capability } from '../../../protocol/model-server.ts'
import { parseJson } from '../parse-json.ts'
import { lenient, lenientList } from './server-answer.ts'
import type { ServerClient } from './server-client.ts'

/**
 * What makes a server go on in the last message, where that is the assistant's. vLLM and llama.cpp want both fields; older
 * llama.cpp and KoboldCpp go on by themselves and ignore them.
 */
export const CONTINUE_MESSAGE = { add_generation_prompt: false, continue_final_message: true }

/** Breaks off inside a word: only a server that goes on right there can finish the word. */
export const UNFINISHED_TEXT = 'alpha beta gam'
export const UNFINISHED_MESSAGES = [
  { role: 'user', content: 'Write exactly these words and nothing else: alpha beta gamma delta' },
  { role: 'assistant', content: UNFINISHED_TEXT },
]

/** What a server shows of itself in one short reply. */
export interface ShortReply {
  readonly continuesMessage: Capability
  readonly reportsProgress: Capability
}

const MAX_TOKENS = 8

const chunkSchema = z.object({
  choices: lenientList(z.object({ delta: z.object({ content: lenient(z.string()) }) })).optional(),
  prompt_progress: z.object({ processed: z.number() }).optional(),
})

/**
 * Has a model write up to eight tokens and looks whether they finish the word, and whether the server says how much of the
 * prompt it has read. `chatPath` is that of `/chat/completions`. The one look that costs a server work, and loads its model.
 */
export async function askShortReply(server: ServerClient, chatPath: string, model: string): Promise<ShortReply> {
  const { status, body } = await server.post(chatPath, {
    model,
    messages: UNFINISHED_MESSAGES,
    stream: true,
    max_tokens: MAX_TOKENS,
    temperature: 0,
    return_progress: true,
    ...CONTINUE_MESSAGE,
  })
  if (status !== 200) return { continuesMessage: 'unknown', reportsProgress: 'unknown' }
  const chunks = body.split('\n').flatMap((line) => {
    const chunk = line.startsWith('data:') ? chunkSchema.safeParse(parseJson(line.slice('data:'.length))) : null
    return chunk?.success ? [chunk.data] : []
  })
  const text = chunks.map((chunk) => chunk.choices?.[0]?.delta.content ?? '').join('')
  return {
    continuesMessage: judge(text),
    // asked for it, a server that can tells before the first word
    reportsProgress: chunks.some((chunk) => chunk.prompt_progress !== undefined)
      ? 'yes'
      : text === ''
        ? 'unknown'
        : 'no',
  }
}

/** A new message begins with the first word, or with the broken one from its beginning. All else proves nothing. */
function judge(text: string): Capability {
  if (/^ma\b/.test(text)) return 'yes'
  return /^\s*["'`*]*(alpha|gam)/i.test(text) ? 'no' : 'unknown'
}
