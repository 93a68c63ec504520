import { z } from 'zod'
import { fieldErrorSchema } from '../../protocol/problem.ts'

/** What an error's body says. Read leniently: a newer server may know codes that this page does not. */
const statedProblemSchema = z.object({
  code: z.string().catch(''),
  detail: z.string().catch(''),
  errors: z.array(fieldErrorSchema).catch([]),
})
export type StatedProblem = z.infer<typeof statedProblemSchema>

const NOTHING_STATED: StatedProblem = { code: '', detail: '', errors: [] }

/** Why a request has no answer to use. None of these is an exception: each has its place on the screen. */
export type ApiFailure =
  | { readonly status: 'unauthorized' }
  | { readonly status: 'refused'; readonly httpStatus: number; readonly problem: StatedProblem }
  /** No answer arrived. Whether the server acted on the request is unknown. */
  | { readonly status: 'unreachable' }
  /** An answer arrived that this page cannot read. */
  | { readonly status: 'unreadable' }

export type ApiResult<Value> = { readonly status: 'ok'; readonly value: Value } | ApiFailure

export function failureOf(response: Response, body: unknown): ApiFailure {
  if (response.status === 401) return { status: 'unauthorized' }
  const problem = statedProblemSchema.safeParse(body)
  return { status: 'refused', httpStatus: response.status, problem: problem.data ?? NOTHING_STATED }
}

export function parseAnswer<Value>(schema: z.ZodType<Value>, body: unknown): ApiResult<Value> {
  const parsed = schema.safeParse(body)
  return parsed.success ? { status: 'ok', value: parsed.data } : { status: 'unreadable' }
}
