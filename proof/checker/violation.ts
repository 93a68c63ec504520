/** A contradiction between witnesses. */
export interface Violation {
  /** The number in docs/invariants.md, or in docs/faults.md where a fault alone promises it. */
  readonly rule: string
  /** One sentence: what was found that cannot be. */
  readonly says: string
  /** The few events that contradict each other, one line each. */
  readonly story: readonly string[]
}

/** The violation as a person reads it. */
export function tellViolation({ rule, says, story }: Violation): string {
  return [`${rule}: ${says}`, ...story.map((line) => `    ${line}`)].join('\n')
}
