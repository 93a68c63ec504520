import type { Evidence } from '../evidence/evidence.ts'
import { CaseFile } from './case-file.ts'
import { checkCanaries } from './rules/canaries.ts'
import { checkClients } from './rules/clients.ts'
import { checkLogs } from './rules/log.ts'
import { checkOutcomes } from './rules/outcomes.ts'
import { checkQueues } from './rules/queue.ts'
import { checkResumed } from './rules/resumed.ts'
import { checkStreams } from './rules/streams.ts'
import { checkTools } from './rules/tools.ts'
import { checkTraces } from './rules/traces.ts'
import { checkTranscripts } from './rules/transcript.ts'
import type { Violation } from './violation.ts'

/**
 * Decides whether the invariants of docs/invariants.md held in one run. Pure: it reads what witnesses wrote down and knows
 * nothing of the server but what PROTOCOL.md says. The shortest story first.
 */
export function checkEvidence(evidence: Evidence): Violation[] {
  const file = new CaseFile(evidence)
  const violations = [
    ...checkLogs(file),
    ...checkStreams(file),
    ...checkOutcomes(file),
    ...checkTraces(file),
    ...checkTranscripts(file),
    ...checkTools(file),
    ...checkClients(file),
    ...checkCanaries(file),
    ...checkQueues(file),
    ...checkResumed(file),
  ]
  return violations.sort((a, b) => weightOf(a) - weightOf(b))
}

/** A violation without events tells the least. */
function weightOf({ story }: Violation): number {
  return story.length || Number.POSITIVE_INFINITY
}
