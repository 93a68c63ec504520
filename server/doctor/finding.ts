import { codeOf } from '../lib/error-code.ts'

/** What one check found. A problem always says what to do. */
export type Finding =
  | { readonly status: 'ok'; readonly subject: string; readonly message: string }
  | { readonly status: 'problem'; readonly subject: string; readonly message: string; readonly advice: string }

export function ok(subject: string, message: string): Finding {
  return { status: 'ok', subject, message }
}

export function problem(subject: string, message: string, advice: string): Finding {
  return { status: 'problem', subject, message, advice }
}

/** The failure's code where the system gave one, else its words. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const code = codeOf(error)
  return code === undefined ? error.message : `${error.message} (${code})`
}
