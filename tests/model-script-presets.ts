import { z } from 'zod'
import { callTool, finished, type ModelScript, refuse, scriptActionSchema, text, words } from './model-script.ts'

/** One message of a prompt as it came over the wire. */
export const promptMessageSchema = z.looseObject({
  role: z.string(),
  content: z.string().nullish(),
  tool_calls: z
    .array(
      z.object({ id: z.string(), type: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) }),
    )
    .optional(),
  tool_call_id: z.string().optional(),
})
export type PromptMessage = z.infer<typeof promptMessageSchema>

/** A script for each step of a turn; the last one goes on for all later steps. */
const directiveSchema = z.object({ steps: z.array(z.array(scriptActionSchema)).min(1) })

/**
 * The script for a request of which nobody in this process knows more than is in it.
 *
 * First a directive in the last user message: `[[script: {"steps": [[{"do":"text","text":"Hi"},{"do":"done"}]]}]]`.
 * Then a preset, named by the model: `slow`, `hang`, `hang-midway`, `reset`, `truncated`, `garbage`, `error-500`,
 * `busy-429`, `tool-time`, `reasoning`. Any other model echoes what was said.
 */
export function chooseScript(model: string, messages: readonly PromptMessage[]): ModelScript {
  const position = messages.findLastIndex((message) => message.role === 'user')
  const said = messages[position]?.content ?? ''
  const step = messages.slice(position + 1).filter((message) => message.role === 'assistant').length
  const steps = readDirective(said) ?? [...presetSteps(model, said)]
  return steps[Math.min(step, steps.length - 1)] ?? []
}

/** Puts a directive around scripts, to be sent as a user message, after `said`. */
export function directive(steps: readonly ModelScript[], said = ''): string {
  return `${said}[[script: ${JSON.stringify({ steps })}]]`
}

function readDirective(said: string): ModelScript[] | null {
  const found = /\[\[script:(.*)\]\]/s.exec(said)?.[1]
  return found ? directiveSchema.parse(JSON.parse(found)).steps : null
}

function presetSteps(model: string, said: string): readonly ModelScript[] {
  switch (model) {
    case 'slow':
      return [[words('These words come one after the other. '.repeat(50), 20), ...finished()]]
    case 'hang':
      return [[{ do: 'hang' }]]
    case 'hang-midway':
      return [[text('I begin and'), { do: 'hang' }]]
    case 'reset':
      return [[text('I begin and'), { do: 'wait', ms: 20 }, { do: 'reset' }]]
    case 'truncated':
      return [[text('I begin and')]]
    case 'garbage':
      return [[text('I begin and'), { do: 'raw', data: 'data: {"choices":[{"delta":{]]]\n\n' }]]
    case 'error-500':
      return [refuse(500, '{"error":{"message":"out of memory"}}', { 'content-type': 'application/json' })]
    case 'busy-429':
      return [refuse(429, 'busy', { 'retry-after': '1' })]
    case 'tool-time':
      return [callTool('time', '{}'), [text('Now I know the time.'), ...finished()]]
    case 'reasoning':
      return [[{ do: 'reasoning', text: 'Let me think.' }, text('I have thought.'), ...finished()]]
    default:
      return [[text('You said: '), words(said, 0), ...finished()]]
  }
}
