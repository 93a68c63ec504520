import { DatabaseSync } from 'node:sqlite'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import type { ChatModel } from '../../server/agent/model.ts'
import type { Tool } from '../../server/agent/tool.ts'
import { systemClock } from '../../server/lib/clock.ts'
import { SqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import { checkEvidence } from '../checker/check.ts'
import type { Violation } from '../checker/violation.ts'
import type { Evidence } from '../evidence/evidence.ts'
import type { Fault, HistoryEvent, ModelReply, ToolRun } from '../evidence/history.ts'
import { Recorder } from '../evidence/recorder.ts'
import { readEveryRow, readStored } from '../evidence/stored.ts'
import { ServerCore } from '../simulator/server-core.ts'
import { SimulatedClients } from '../simulator/simulated-clients.ts'
import { EagerModel, noteTool } from './eager-model.ts'

/** Lines of the workload: events of its history, runs of its tool, and replies of its model. */
export interface Told {
  readonly history: readonly HistoryEvent[]
  readonly toolRuns: readonly ToolRun[]
  readonly modelReplies: readonly ModelReply[]
}

export function parseTold(text: string): Told {
  const lines = text
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line))
  return {
    history: lines.filter((line) => 'kind' in line),
    toolRuns: lines.filter((line) => 'toolRun' in line).map(({ toolRun }) => ({ mark: toolRun })),
    modelReplies: lines.filter((line) => 'modelReply' in line).map(({ modelReply }) => modelReply),
  }
}

/**
 * Starts a server on what a fault has left of a database, lets every session complete a turn, and holds what is there then
 * against what had been told before the fault.
 */
export async function judge(path: string, told: Told, faults: readonly Fault[]): Promise<Violation[]> {
  const damage = integrityOf(path)
  if (damage !== 'ok') return [{ rule: 'I6', says: `the database is damaged: ${damage}`, story: [] }]
  const recorder = Recorder.after(told.history, () => performance.timeOrigin + performance.now())
  for (const fault of faults) recorder.fault(fault)
  recorder.serverGone('the fault')
  const toolRuns = [...told.toolRuns]
  const modelReplies = [...told.modelReplies]
  const model = new EagerModel((reply) => modelReplies.push(reply))
  const tool = noteTool((mark) => toolRuns.push({ mark }))
  await completeTurns(path, recorder, { model, tool })
  recorder.rest()
  using database = new DatabaseSync(path)
  const stored = readStored(database)
  const evidence: Evidence = {
    history: recorder.history,
    stored,
    storedLater: readEveryRow(database),
    toolRuns,
    modelReplies,
    leftOver: {},
  }
  return checkEvidence(evidence)
}

function integrityOf(path: string): string {
  using database = new DatabaseSync(path)
  return String(database.prepare('PRAGMA integrity_check').get()?.integrity_check)
}

async function completeTurns(
  path: string,
  recorder: Recorder,
  answering: { readonly model: ChatModel; readonly tool: Tool },
): Promise<void> {
  const store = await SqliteStore.open({ path, wallClock: systemClock, pace: systemClock })
  const ids = { turns: 10_000, sessions: 10_000, workers: 10_000 }
  const server = new ServerCore({ store, clock: systemClock, ids, ...answering })
  const clients = new SimulatedClients(recorder)
  const working = () => clients.waiting > 0 || server.engine.activeTurns(null).length > 0
  await server.recover()
  while (working()) await turnOfTheLoop() // what was cut off goes on first
  const { sessions } = await store.sessions.listSessions({ limit: 1_000, offset: 0 })
  for (const [n, { id: sessionId }] of sessions.entries()) {
    const message = `<last ${n}> canary-${sessionId} and now?`
    const call = { do: 'send', sessionId, message, key: null, onBusy: 'reject', isLast: true } as const
    clients.ask(server, { client: 'ann', call })
    while (working()) await turnOfTheLoop()
  }
  await store[Symbol.asyncDispose]()
}
