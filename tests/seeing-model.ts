import { z } from 'zod'
import type { ServeConfig } from '../server/config/serve-config.ts'
import { ConchApp } from './conch-app.ts'
import { allAt, imitationOf } from './model-servers/discovery-scenario.ts'
import { findClosedPort, type ScriptedServer, startScriptedServer } from './model-servers/scripted-server.ts'

const chatSchema = z.object({ messages: z.array(z.object({ role: z.string(), content: z.unknown() })) })

export type ChatMessages = z.infer<typeof chatSchema>['messages']

export const CHAT = '/v1/chat/completions'

/** A llama.cpp whose model takes images and answers every question at once. */
export async function startSeeingServer(answer = 'A picture.'): Promise<ScriptedServer> {
  const respond = imitationOf('llama_cpp', 'found')
  return await startScriptedServer((request) => {
    if (request.path !== CHAT) return respond(request)
    const last = chatSchema.parse(JSON.parse(request.body)).messages.at(-1)
    return last?.content === SLOWLY ? 'hang' : { headers: SSE, text: streamOf(answer) }
  })
}

/** The messages of each request that the model was asked, in order. */
export function chatsOf({ requests }: ScriptedServer): readonly ChatMessages[] {
  const chats = requests.filter(({ path }) => path === CHAT)
  return chats.map(({ body }) => chatSchema.parse(JSON.parse(body)).messages)
}

/** One of these, and a Conch that has found it. */
export class SeeingModel implements AsyncDisposable {
  readonly conch: ConchApp
  readonly #server: ScriptedServer

  private constructor(conch: ConchApp, server: ScriptedServer) {
    this.conch = conch
    this.#server = server
  }

  static async start(settings: Partial<ServeConfig> = {}, answer?: string): Promise<SeeingModel> {
    const server = await startSeeingServer(answer)
    const ports = allAt(await findClosedPort(), { llama_cpp: [server.port] })
    const conch = await ConchApp.lookingAt(ports, { noAuth: false, ...settings })
    await conch.ownerClient().request('POST', '/api/models/probe')
    return new SeeingModel(conch, server)
  }

  /** The messages of each request that the model was asked, in order. */
  get asked(): readonly ChatMessages[] {
    return chatsOf(this.#server)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.conch[Symbol.asyncDispose]()
    await this.#server[Symbol.asyncDispose]()
  }
}

/** What is never answered. */
export const SLOWLY = 'Take your time'

const SSE = { 'content-type': 'text/event-stream' }

function streamOf(content: string): string {
  const chunks = [
    { choices: [{ index: 0, delta: { role: 'assistant', content } }] },
    { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
  ]
  return [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]'].map((line) => `data: ${line}\n\n`).join('')
}
