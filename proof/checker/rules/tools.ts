import type { LogEntry } from '../../evidence/history.ts'
import { type CaseFile, fieldsOf } from '../case-file.ts'
import { tellEntry } from '../story.ts'
import type { Violation } from '../violation.ts'

/** I7: a tool ran at most once, only when the log had said so before, and the log tells the truth of it. */
export function checkTools(file: CaseFile): Violation[] {
  const runs = Map.groupBy(file.evidence.toolRuns, ({ mark }) => mark)
  const calls = callsOf(file)
  const again = [...runs].flatMap(([mark, ran]) => {
    if (ran.length <= 1) return []
    const call = calls.find(({ mark: other }) => other === mark)
    const story = [...(call?.entries ?? []).map((entry) => tellEntry(entry)), `ledger: ${ran.length} runs of ${mark}`]
    return [{ rule: 'I7', says: `a tool ran ${ran.length} times`, story }]
  })
  return [...again, ...calls.flatMap((call) => checkCall(call, runs.get(call.mark)?.length ?? 0))]
}

interface LoggedCall {
  readonly mark: string
  readonly entries: readonly LogEntry[]
}

function callsOf({ evidence }: CaseFile): LoggedCall[] {
  return evidence.stored.sessions.flatMap(({ log }) =>
    log
      .filter(({ type }) => type === 'tool.called')
      .flatMap((called) => {
        const mark = /"mark":"([^"]+)"/.exec(String(fieldsOf(called).arguments))?.[1]
        const callId = fieldsOf(called).call_id
        const entries = log.filter(
          (entry) =>
            entry.type.startsWith('tool.') && entry.turnId === called.turnId && fieldsOf(entry).call_id === callId,
        )
        return mark ? [{ mark, entries }] : []
      }),
  )
}

function checkCall({ mark, entries }: LoggedCall, ran: number): Violation[] {
  const started = entries.filter(({ type }) => type === 'tool.started')
  const finished = entries.filter(({ type }) => type === 'tool.finished')
  const status = finished[0] && fieldsOf(finished[0]).status
  const story = [...entries.map((entry) => tellEntry(entry)), `ledger: ${ran} runs of ${mark}`]
  if (started.length > 1) return [{ rule: 'I7', says: 'a tool call was started twice', story }]
  if (finished.length !== 1) return [{ rule: 'I5', says: `a tool call has ${finished.length} ends`, story }]
  if (ran > 0 && started.length === 0) return [{ rule: 'I7', says: 'a tool ran that had not started', story }]
  if (ran === 0 && status === 'ok') return [{ rule: 'I7', says: 'a tool is said to have run and has not', story }]
  if (ran > 0 && status === 'error') return [{ rule: 'I7', says: 'a tool is said not to have run and has', story }]
  return []
}
