import type { ModelServerKind } from '../../protocol/model-server.ts'
import { imitateDockerModelRunner } from './docker-model-runner.ts'
import type { ImitatedState } from './imitated-state.ts'
import { imitateKoboldCpp } from './koboldcpp.ts'
import { imitateLemonade } from './lemonade.ts'
import { imitateLlamaCpp } from './llama-cpp.ts'
import { imitateLmStudio } from './lm-studio.ts'
import { imitateOllama } from './ollama.ts'
import type { Respond } from './scripted-server.ts'
import { imitateVllm } from './vllm.ts'

/** A server of each kind in a state; null where that kind is never in that state, or never tells. */
export const IMITATIONS: Readonly<Record<ModelServerKind, (state: ImitatedState) => Respond | null>> = {
  lemonade: imitateLemonade,
  ollama: (state) => (state === 'loading' ? null : imitateOllama(state)),
  lm_studio: (state) => (state === 'busy' ? null : imitateLmStudio(state)),
  llama_cpp: imitateLlamaCpp,
  vllm: (state) => (state === 'no_model' ? null : imitateVllm(state)),
  koboldcpp: (state) => (state === 'loading' ? null : imitateKoboldCpp(state)),
  docker_model_runner: imitateDockerModelRunner,
}
