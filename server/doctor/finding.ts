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
  return 'code' in error && typeof error.code === 'string' ? `${error.message} (${error.code})` : error.message
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}
