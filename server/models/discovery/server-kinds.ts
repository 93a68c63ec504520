import { dockerModelRunner } from './docker-model-runner.ts'
import { koboldcpp } from './koboldcpp.ts'
import { lemonade } from './lemonade.ts'
import { llamaCpp } from './llama-cpp.ts'
import { lmStudio } from './lm-studio.ts'
import { ollama } from './ollama.ts'
import type { ServerClient } from './server-client.ts'
import type { ServerKind } from './server-kind.ts'
import { vllm } from './vllm.ts'

/** In the order of the table. */
export const SERVER_KINDS: readonly ServerKind[] = [
  lemonade,
  ollama,
  lmStudio,
  llamaCpp,
  vllm,
  koboldcpp,
  dockerModelRunner,
]

/**
 * Which kind of server answers there; null where it is none of ours, or does not answer. Those that usually listen on
 * `port` are tried first, which spares questions and never decides: each kind is recognised by what only it says.
 */
export async function identifyServer(server: ServerClient, port: number | null): Promise<ServerKind | null> {
  const isUsual = (kind: ServerKind) => port !== null && kind.ports.includes(port)
  for (const kind of SERVER_KINDS.toSorted((a, b) => Number(isUsual(b)) - Number(isUsual(a)))) {
    if (await kind.recognise(server)) return kind
    if (server.trouble) return null
  }
  return null
}
