import type { ImageId, MessageImage } from '../../protocol/image.ts'
import type { Message, Step, ToolCall } from '../../protocol/message.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'
import type { ModelImage, ModelMessage } from './model.ts'

/**
 * What the model is told of the session so far. Local models' templates insist that roles alternate, so two user messages
 * never stand in a row and no tool's answer is the last word of a turn: what is missing is said in parentheses.
 */

const DEFAULT_BUDGET_CHARACTERS = 96_000

export interface HistorySource {
  /** Settled messages, oldest first. */
  readonly messages: readonly Message[]
  /** There are older ones than `messages`. */
  readonly hasOlder?: boolean
  readonly systemPrompt: string | null
  /** Always there in full, whatever the budget (F56). */
  readonly userMessage: string
  readonly userImages?: readonly MessageImage[]
  /** The bytes of the images that the model is shown. Of all others it is told that they were there. */
  readonly shownImages?: ReadonlyMap<ImageId, ModelImage>
  readonly budgetCharacters?: number
}

/** The newest turns that fit the budget, whole ones only, between the system prompt and the new message. */
export function buildHistory(source: HistorySource): ModelMessage[] {
  const { systemPrompt, userMessage, hasOlder = false, budgetCharacters = DEFAULT_BUDGET_CHARACTERS } = source
  const opening: ModelMessage[] = systemPrompt?.trim() ? [{ role: 'system', content: systemPrompt }] : []
  const shown = source.shownImages ?? new Map()
  const closing = asked(userMessage, source.userImages ?? [], shown)
  let left = budgetCharacters - countCharacters([...opening, closing])
  const kept: ModelMessage[][] = []
  const turns = groupTurns(source.messages)
  if (hasOlder && turns[0]?.user === null) turns.shift() // an answer whose question was not read
  for (const turn of turns.reverse()) {
    const messages = toModelMessages(turn, shown)
    left -= countCharacters(messages)
    if (left < 0) break
    kept.push(messages)
  }
  return [...opening, ...kept.reverse().flat(), closing]
}

/** One of the two may be missing: people delete single messages. */
interface PastTurn {
  readonly user: Message | null
  assistant: Message | null
}

function groupTurns(messages: readonly Message[]): PastTurn[] {
  const turns: PastTurn[] = []
  for (const message of messages) {
    const last = turns.at(-1)
    if (message.role === 'user') turns.push({ user: message, assistant: null })
    else if (last && !last.assistant && last.user?.turn_id === message.turn_id) last.assistant = message
    else turns.push({ user: null, assistant: message })
  }
  return turns
}

/** A question with the images that the model is shown, and a word for each that it is not. */
function asked(text: string, images: readonly MessageImage[], shown: ReadonlyMap<ImageId, ModelImage>): ModelMessage {
  if (images.length === 0) return { role: 'user', content: text }
  const seen = images.flatMap(({ image_id }) => shown.get(image_id) ?? [])
  const unseen = images.length - seen.length
  const note =
    unseen === 0 ? '' : `\n\n(${unseen === 1 ? 'an image was' : `${unseen} images were`} here and cannot be shown)`
  return { role: 'user', content: (text + note).trimStart(), ...(seen.length > 0 && { images: seen }) }
}

function toModelMessages({ user, assistant }: PastTurn, shown: ReadonlyMap<ImageId, ModelImage>): ModelMessage[] {
  const question = user ? asked(user.content, user.images ?? [], shown) : asked('(this message is missing)', [], shown)
  const messages: ModelMessage[] = [question]
  if (!assistant) return [...messages, say('(no answer: it was deleted)')]
  const steps = assistant.steps.length > 0 ? assistant.steps : [stepOf(assistant.content)]
  for (const step of steps) addStep(messages, step)
  if (messages.at(-1)?.role !== 'assistant') messages.push(say(`(no answer: ${describeOutcome(assistant.outcome)})`))
  return messages
}

function addStep(messages: ModelMessage[], step: Step): void {
  if (step.tool_calls.length === 0) {
    if (step.text.trim()) addText(messages, step.text)
    return
  }
  const toolCalls = step.tool_calls.map((call) => ({
    callId: call.call_id,
    tool: call.tool,
    arguments: call.arguments,
  }))
  const before = takeOpenText(messages)
  messages.push({ role: 'assistant', content: joinTexts(before, step.text), toolCalls })
  for (const call of step.tool_calls)
    messages.push({ role: 'tool', callId: call.call_id, content: describeResult(call) })
}

/** A step that was cut and begun again leaves two texts in a row: they become one message. */
function addText(messages: ModelMessage[], text: string): void {
  const before = takeOpenText(messages)
  messages.push(say(joinTexts(before, text)))
}

function takeOpenText(messages: ModelMessage[]): string {
  const last = messages.at(-1)
  if (last?.role !== 'assistant') return ''
  messages.pop()
  return last.content
}

function joinTexts(before: string, text: string): string {
  return before && text ? `${before}\n\n${text}` : before || text
}

function stepOf(text: string): Step {
  return { step: 1, text, reasoning: '', tool_calls: [] }
}

function say(content: string): ModelMessage {
  return { role: 'assistant', content, toolCalls: [] }
}

function describeResult({ status, result }: ToolCall): string {
  return status === 'unknown'
    ? result || 'It is not known whether this tool took effect. Do not assume either.'
    : result
}

function describeOutcome(outcome: TurnOutcome | null): string {
  switch (outcome?.status) {
    case 'completed':
      return 'the model said nothing'
    case 'cancelled':
      return 'the user stopped it'
    case 'interrupted':
      return 'it was interrupted'
    case 'failed':
      return 'it failed'
    case undefined:
      return 'how it ended is not known'
  }
}

function countCharacters(messages: readonly ModelMessage[]): number {
  let count = 0
  for (const message of messages) {
    count += message.content.length
    if (message.role !== 'assistant') continue
    for (const call of message.toolCalls) count += call.tool.length + call.arguments.length
  }
  return count
}
