import type { ModelServerState } from '../../protocol/model-server.ts'
import type { Reply, Respond, SeenRequest } from './scripted-server.ts'

/** The states that a server is in by its own doing. */
export type ImitatedState = Extract<ModelServerState, 'found' | 'needs_key' | 'no_model' | 'loading' | 'busy'>

/** What a server in the state `needs_key` accepts. */
export const IMITATED_KEY = 'sk-imitated-1'

export function hasKey({ authorization }: SeenRequest): boolean {
  return authorization === `Bearer ${IMITATED_KEY}`
}

type Route = Reply | ((request: SeenRequest) => Reply)

/** Answers by method and path: `'GET /v1/models'`. */
export function byRoute(routes: Readonly<Record<string, Route>>, otherwise: (request: SeenRequest) => Reply): Respond {
  return (request) => {
    const route = routes[`${request.method} ${request.path}`] ?? otherwise
    return typeof route === 'function' ? route(request) : route
  }
}
