import type { ApiFailure } from '../client/api-result.ts'
import { words } from '../words.ts'

/** What to say to a person whose change was not taken: the server's own sentence, where it has one for the field. */
export function refusalText(failure: ApiFailure): string {
  if (failure.status !== 'refused' || failure.httpStatus !== 422) return words.models.notSaved
  const [error] = failure.problem.errors
  return error ? words.models.wrongField(error.message) : failure.problem.detail
}
