import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { text as readText } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'
import { answerQuestions } from './harness/helper-process.ts'
import { listenLocally } from './harness/listen-locally.ts'
import { monotonicUs } from './harness/monotonic.ts'
import { finishReply, writeHead, writeToken } from './model/reply-frames.ts'
import { TokenPacer } from './model/token-pacer.ts'

/**
 * The model of the bench: an OpenAI-compatible endpoint whose replies are all of one kind at a time. Its tokens say when
 * they were written (`harness/token-text.ts`).
 */

export type ModelBehaviour =
  /** Token after token at this rate, until the replies are finished by hand. */
  | { readonly kind: 'paced'; readonly tokensPerSecond: number }
  /** So many tokens at once, and the end. */
  | { readonly kind: 'instant'; readonly tokens: number }
  /** One token, and then nothing until the replies are finished by hand. */
  | { readonly kind: 'held' }

const bodySchema = z.object({ messages: z.array(z.object({ role: z.string(), content: z.string() })).min(1) })

function scriptedModel() {
  let behaviour: ModelBehaviour = { kind: 'instant', tokens: 1 }
  let pacer: TokenPacer | null = null
  const held = new Set<ServerResponse>()
  let arrivedUs: Record<string, number> = {}

  const answer = (message: string, response: ServerResponse) => {
    writeHead(response)
    switch (behaviour.kind) {
      case 'paced':
        pacer?.add(message, response)
        break
      case 'held':
        writeToken(response, 0)
        held.add(response)
        break
      case 'instant':
        for (let n = 0; n < behaviour.tokens; n += 1) writeToken(response, n)
        finishReply(response)
        break
    }
  }
  const server = createServer((request, response) => {
    const atUs = monotonicUs()
    readMessage(request).then(
      (message) => {
        arrivedUs[message] = atUs
        answer(message, response)
      },
      (error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))),
    )
  })

  return {
    async listen(): Promise<{ readonly baseUrl: string }> {
      return { baseUrl: `${await listenLocally(server)}/v1` }
    },
    behave(wanted: ModelBehaviour): void {
      behaviour = wanted
      pacer = wanted.kind === 'paced' ? new TokenPacer(wanted.tokensPerSecond) : null
    },
    /** Ends every open reply. Answers with how many tokens each paced one has had, by its message. */
    finishAll(): Record<string, number> {
      for (const response of held) finishReply(response)
      held.clear()
      return pacer?.finishAll() ?? {}
    },
    /** When each request arrived, by its message, once there are so many: a message is accepted before the model is asked. */
    async takeArrivals(count: number): Promise<Record<string, number>> {
      while (Object.keys(arrivedUs).length < count) await sleep(10)
      const taken = arrivedUs
      arrivedUs = {}
      return taken
    },
  }
}
export type ModelAnswers = ReturnType<typeof scriptedModel>

async function readMessage(request: IncomingMessage): Promise<string> {
  const { messages } = bodySchema.parse(JSON.parse(await readText(request)))
  return messages.at(-1)?.content ?? ''
}

answerQuestions(scriptedModel())
