import { problemBody, SERVER_BUSY, SESSION_NOT_FOUND, SHUTTING_DOWN, turnActiveBody } from '../problem.ts'
import type { ComponentName } from './component-schemas.ts'
import type { JsonSchema, Response } from './document.ts'
import { schemaReference } from './document.ts'
import { EXAMPLE_ACTIVE_TURN, EXAMPLE_REQUEST_ID } from './examples.ts'

/** What every route may answer besides what it is for. The guard's refusals have the native form on all routes. */
export type ErrorStatus = 400 | 401 | 403 | 404 | 409 | 412 | 413 | 414 | 415 | 422 | 429 | 503 | 507

/** How errors are written: as problems (RFC 9457), or as GAIA's clients expect them. */
export type ErrorForm = 'native' | 'compatible'

const MEANINGS: Readonly<Record<ErrorStatus, { readonly name: string; readonly description: string }>> = {
  400: { name: 'BadRequest', description: 'The request cannot be understood.' },
  401: { name: 'Unauthorized', description: 'No credential, or a wrong one.' },
  403: {
    name: 'Forbidden',
    description: 'A foreign Host, Origin or site, or a change without `X-Gaia-UI: 1` or a token.',
  },
  404: { name: 'NotFound', description: 'There is no such thing.' },
  409: {
    name: 'Conflict',
    description:
      'Something has come first, and nothing was written. `turn_active`: the session has an active turn; its end is `turn.ended` in the stream of the session, and there is no `Retry-After`, because nobody can know. `stale_view`: history has settled that the client has not seen. `send_cancelled`: the send was cancelled by its key. `queue_changed`: what was named waits no more. `sessions_changed`: there is not what the client has seen.',
  },
  412: {
    name: 'ChangedMeanwhile',
    description: '`If-Match` names settings that the session no longer has. Nothing was written.',
  },
  413: { name: 'PayloadTooLarge', description: 'The body is larger than 2 MiB; for an image, than 5 MiB.' },
  414: { name: 'UriTooLong', description: 'The URL is longer than 8 KiB.' },
  415: {
    name: 'UnsupportedMediaType',
    description: 'The body is not `application/json`, or no image where one is wanted.',
  },
  422: { name: 'Invalid', description: 'The body, the query or a header field does not fit. Nothing was written.' },
  429: {
    name: 'TooMany',
    description:
      'The line for the model is full (`server_busy`), the queue of the session is (`queue_full`), the client has too many streams open (`too_many_streams`), the stream has too many channels (`too_many_channels`), or too many sessions were made (`too_many_sessions`). Nothing was written. `Retry-After` says when another try is worth it, where anybody can know.',
  },
  503: {
    name: 'Unavailable',
    description: 'The server is stopping, or its database cannot be written. Nothing was accepted.',
  },
  507: { name: 'StorageFull', description: 'The disk is full. Nothing was accepted.' },
}

/** Decided by the guard, before any route. */
const GUARDED: ReadonlySet<ErrorStatus> = new Set([401, 403, 414, 415])

const EXAMPLES: Partial<Record<ErrorStatus, () => object>> = {
  404: () => problemBody(SESSION_NOT_FOUND, EXAMPLE_REQUEST_ID),
  409: () => turnActiveBody(EXAMPLE_ACTIVE_TURN, EXAMPLE_REQUEST_ID),
  422: () =>
    problemBody(
      {
        status: 422,
        code: 'invalid_request',
        detail: 'message: must not be empty',
        errors: [{ path: '/message', message: 'must not be empty' }],
      },
      EXAMPLE_REQUEST_ID,
    ),
  429: () => problemBody(SERVER_BUSY, EXAMPLE_REQUEST_ID),
  503: () => problemBody(SHUTTING_DOWN, EXAMPLE_REQUEST_ID),
}

/** Problems that say more than a code. */
const PROBLEM_SCHEMAS: Partial<Record<ErrorStatus, JsonSchema>> = {
  404: anyOf('QueueProblem', 'Problem'),
  409: anyOf('TurnActiveProblem', 'StaleViewProblem', 'QueueProblem', 'Problem'),
}

function anyOf(...names: readonly ComponentName[]): JsonSchema {
  return { anyOf: names.map(schemaReference) }
}

/** The body of the compatible routes' errors. */
export const COMPATIBLE_ERROR_SCHEMA: JsonSchema = {
  type: 'object',
  required: ['detail'],
  properties: {
    detail: {
      oneOf: [
        { type: 'string' },
        {
          type: 'array',
          items: {
            type: 'object',
            required: ['type', 'loc', 'msg'],
            properties: {
              type: { type: 'string' },
              loc: { type: 'array', items: { type: ['string', 'integer'] } },
              msg: { type: 'string' },
            },
          },
        },
      ],
    },
  },
}

export function errorReference(status: ErrorStatus, form: ErrorForm): { $ref: string } {
  return { $ref: `#/components/responses/${responseName(status, form)}` }
}

/** All of them, by name. */
export function errorResponses(): Record<string, Response> {
  const responses: Record<string, Response> = {}
  for (const status of Object.keys(MEANINGS).map(Number) as ErrorStatus[]) {
    for (const form of ['native', 'compatible'] as const) {
      responses[responseName(status, form)] = {
        description: MEANINGS[status].description,
        content: form === 'native' || GUARDED.has(status) ? nativeContent(status) : compatibleContent(status),
      }
    }
  }
  return responses
}

function responseName(status: ErrorStatus, form: ErrorForm): string {
  return form === 'native' || GUARDED.has(status) ? MEANINGS[status].name : `Compatible${MEANINGS[status].name}`
}

function nativeContent(status: ErrorStatus): Response['content'] {
  const example = EXAMPLES[status]
  return {
    'application/problem+json': {
      schema: PROBLEM_SCHEMAS[status] ?? schemaReference('Problem'),
      ...(example && { examples: { [MEANINGS[status].name]: { value: example() } } }),
    },
  }
}

function compatibleContent(status: ErrorStatus): Response['content'] {
  const withTurn = { anyOf: [schemaReference('TurnActiveProblem'), schemaReference('CompatibleError')] }
  return {
    'application/json': { schema: status === 409 ? withTurn : schemaReference('CompatibleError') },
    ...(status === 400 && nativeContent(status)), // the guard's, which knows no routes
  }
}
