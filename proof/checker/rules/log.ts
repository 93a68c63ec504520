import type { LogEntry } from '../../evidence/history.ts'
import type { StoredSession } from '../../evidence/stored.ts'
import type { CaseFile } from '../case-file.ts'
import { tellEntry } from '../story.ts'
import type { Violation } from '../violation.ts'

/** I1, I2, I8: each stored log counts on without a gap, its epochs never fall, and its turns stand one after the other. */
export function checkLogs({ evidence }: CaseFile): Violation[] {
  return evidence.stored.sessions.flatMap((session) => [
    ...checkSeqs(session),
    ...checkEpochs(session),
    ...checkTurns(session),
  ])
}

/** I2: only deltas may be missing, and only where the full text of their step stands behind them. */
function checkSeqs({ id, log, lastSeq }: StoredSession): Violation[] {
  const violations: Violation[] = []
  let last: LogEntry | undefined
  for (const entry of log) {
    const expected = (last?.seq ?? 0) + 1
    if (last && entry.seq <= last.seq) {
      violations.push({
        rule: 'I2',
        says: `seq ${entry.seq} of ${id} is stored twice`,
        story: [last, entry].map((e) => tellEntry(e)),
      })
    } else if (entry.seq > expected && !isCovered(log, entry)) {
      const says = `seqs ${expected} to ${entry.seq - 1} of ${id} are missing, and no finished step replaces them`
      violations.push({ rule: 'I2', says, story: [...(last ? [tellEntry(last)] : []), tellEntry(entry)] })
    }
    last = entry
  }
  if (lastSeq !== (last?.seq ?? 0)) {
    const says = `the log of ${id} ends at ${last?.seq ?? 0}, its head says ${lastSeq}`
    violations.push({ rule: 'I2', says, story: last ? [tellEntry(last)] : [] })
  }
  return violations
}

/** The gap before `next` was filled by deltas: the step they belong to is finished by `next` or later in the same turn. */
function isCovered(log: readonly LogEntry[], next: LogEntry): boolean {
  return log.some((entry) => entry.type === 'step.finished' && entry.seq >= next.seq && entry.turnId === next.turnId)
}

/** I8, I1: in the order of seqs epochs never fall, and each claim has a higher one than all before it. */
function checkEpochs({ id, log, epoch }: StoredSession): Violation[] {
  const violations: Violation[] = []
  let highest: LogEntry | undefined
  for (const entry of log) {
    if (highest && entry.epoch < highest.epoch) {
      const says = `an entry of ${id} was written under an epoch that was over`
      violations.push({ rule: 'I8', says, story: [tellEntry(highest), tellEntry(entry)] })
    }
    if (entry.type === 'turn.started' && highest && entry.epoch <= highest.epoch) {
      const says = `a claim of ${id} did not raise the epoch`
      violations.push({ rule: 'I1', says, story: [tellEntry(highest), tellEntry(entry)] })
    }
    if (!highest || entry.epoch > highest.epoch) highest = entry
  }
  if (highest && highest.epoch > epoch) {
    const says = `the head of ${id} is at epoch ${epoch}, behind its log`
    violations.push({ rule: 'I8', says, story: [tellEntry(highest)] })
  }
  return violations
}

/** I1, I5: between a turn's start and its end stands nothing of another turn, and outside of turns nothing of any. */
function checkTurns({ id, log, activeTurn }: StoredSession): Violation[] {
  const violations: Violation[] = []
  let open: LogEntry | undefined
  for (const entry of log) {
    if (entry.turnId === null) continue
    if (entry.type === 'turn.started') {
      if (open) {
        const says = `a turn of ${id} started while another was active`
        violations.push({ rule: 'I1', says, story: [tellEntry(open), tellEntry(entry)] })
      }
      open = entry
    } else if (entry.turnId !== open?.turnId) {
      const says = open
        ? `an entry of ${id} stands inside another turn`
        : `an entry of ${id} stands outside of its turn`
      violations.push({ rule: open ? 'I5' : 'I8', says, story: [...(open ? [tellEntry(open)] : []), tellEntry(entry)] })
    } else if (entry.type === 'turn.ended') {
      open = undefined
    }
  }
  if (activeTurn !== (open?.turnId ?? null)) {
    const says = `the head of ${id} names the active turn ${activeTurn}, its log ${open?.turnId ?? null}`
    violations.push({ rule: 'I1', says, story: open ? [tellEntry(open)] : [] })
  }
  return violations
}
