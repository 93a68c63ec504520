import type { ModelMessage, ModelRequest, ModelToolCall } from '../agent/model.ts'

/** What the practice model answers: always the same to the same request. */
export interface PracticeReply {
  readonly text: string
  readonly toolCalls: readonly ModelToolCall[]
}

const TIME_TOOL = 'time'

/** Decides by words in the person's message; the text itself is fixed. */
export function composePracticeReply({ messages, tools }: ModelRequest): PracticeReply {
  const last = messages.at(-1)
  const message = messages.findLast((candidate) => candidate.role === 'user')?.content ?? ''
  if (last?.role === 'tool') {
    return {
      text: [`The time tool says: ${asWords(last.content)}.`, ...samplesFor(message), HOW_TO].join('\n\n'),
      toolCalls: [],
    }
  }
  if (asksFor(message, /\b(time|clock|date)\b/i) && tools.some((tool) => tool.name === TIME_TOOL)) {
    return { text: 'I will ask the time tool.', toolCalls: [askForTime(messages, message)] }
  }
  return { text: [OPENING, echo(message), ...samplesFor(message), HOW_TO].join('\n\n'), toolCalls: [] }
}

function asksFor(message: string, words: RegExp): boolean {
  return words.test(message)
}

function askForTime(messages: readonly ModelMessage[], message: string): ModelToolCall {
  const timezone = /\b[A-Z][A-Za-z]+\/[A-Z][A-Za-z_]+\b/.exec(message)?.[0]
  return {
    callId: `practice_${messages.length}`,
    tool: TIME_TOOL,
    arguments: JSON.stringify(timezone ? { timezone } : {}),
  }
}

/** The beginning of what the person wrote, with nothing left in it that could become markup or a link. */
function echo(message: string): string {
  const words = asWords(message)
    .replace(/[.:/]+/g, ' ')
    .split(' ')
    .filter(Boolean)
  if (words.length === 0) return 'You wrote something without words.'
  const shown = Array.from(words.slice(0, 12).join(' ')).slice(0, 80).join('')
  return `You wrote: “${shown}${words.length > 12 ? ' …' : ''}”`
}

function asWords(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N},.?!:/'+()-]+/gu, ' ').trim()
}

function samplesFor(message: string): string[] {
  const samples: string[] = []
  if (asksFor(message, /\bcode\b/i)) samples.push(CODE)
  if (asksFor(message, /\btable\b/i)) samples.push(TABLE)
  if (asksFor(message, /\blist\b/i)) samples.push(LIST)
  if (asksFor(message, /\b(slow|long)\b/i)) samples.push(longText())
  return samples
}

const OPENING =
  'I am the practice model that comes with Conch. There is no thinking behind these words: they are fixed, and only the pace is that of a real model.'

const HOW_TO = [
  'To talk to a real model, start one on this machine and tell Conch where it is, for example:',
  '```sh\nnpm start -- --model-url http://127.0.0.1:8000/v1\n```',
  'Until then you can try things here: write **time** to see a tool at work, **code**, **table** or **list** to see how answers look, and **long** for an answer that takes half a minute, to try Stop or a second tab.',
].join('\n\n')

const CODE = [
  'A piece of code, which you can copy:',
  "```ts\nfunction greet(name: string): string {\n  return 'Hello, ' + name + '!'\n}\n\nconsole.log(greet('Conch'))\n```",
].join('\n\n')

const TABLE = [
  'A table:',
  '| word | meaning |\n| --- | --- |\n| session | a conversation |\n| turn | one message and all that is done to answer it |\n| step | one call of the model |',
].join('\n\n')

const LIST = [
  'A list:',
  '1. Write a message.\n2. Watch the answer come.\n3. Stop it, or let it end:\n   - what arrived is kept,\n   - the next message may follow.',
].join('\n\n')

/** About half a minute at the usual pace. */
const LONG_TEXT_PARAGRAPHS = 24

function longText(): string {
  const paragraphs = [
    'This is the long answer. Each paragraph says its number, so that you can see where it was stopped.',
  ]
  for (let n = 1; n <= LONG_TEXT_PARAGRAPHS; n += 1) {
    paragraphs.push(
      `Paragraph ${n} of ${LONG_TEXT_PARAGRAPHS}. While these words arrive, this session is busy: a second message is not mixed into it but refused, and you are told who is speaking. You can close this tab and come back, follow along in another one, or press Stop and keep what has arrived.`,
    )
  }
  return paragraphs.join('\n\n')
}
