import { START_OF_LOG, sessionIdSchema, turnIdSchema } from '../protocol/ids.ts'
import { runAgent } from '../server/agent/loop.ts'
import { systemClock } from '../server/lib/clock.ts'
import { createOpenAiCompatibleModel } from '../server/models/openai-compatible.ts'
import { SqliteStore } from '../server/store/sqlite/sqlite-store.ts'
import { follow } from '../server/turns/follow.ts'
import { SessionFeeds } from '../server/turns/session-feed.ts'
import { SlotLine } from '../server/turns/slot-line.ts'
import { TurnEngine } from '../server/turns/turn-engine.ts'
import { UnrecoveredSessions } from '../server/turns/unrecovered-sessions.ts'

/**
 * A worker without its server and without the lock that keeps a second one off the database, as several servers on one
 * database would be: `fork(…, [database, session, model URL])`. It starts one turn, follows it, and tells its parent what
 * its followers are told.
 */
const [path = '', sessionId = '', baseUrl = ''] = process.argv.slice(2)
const session = sessionIdSchema.parse(sessionId)
const store = await SqliteStore.open({ path, wallClock: systemClock, pace: systemClock })
const feeds = new SessionFeeds()
const model = createOpenAiCompatibleModel({ baseUrl, model: 'words', clock: systemClock })
const LONG_MS = 600_000
const limits = {
  firstByteTimeoutMs: LONG_MS,
  idleTimeoutMs: LONG_MS,
  turnTimeoutMs: LONG_MS,
  slotWaitMs: LONG_MS,
  maxSteps: 5,
}
const engine = new TurnEngine({
  store: store.turns,
  feeds,
  clock: systemClock,
  workerId: 'first',
  line: new SlotLine({ slots: 1, maxWaiting: 1 }),
  newTurnId: () => turnIdSchema.parse(crypto.randomUUID()),
  limits,
  journal: { error: ({ error }, message) => process.send?.({ kind: 'error', message, error: String(error) }) },
  onTurnChange: () => undefined,
  onQueueChange: () => undefined,
  unrecovered: new UnrecoveredSessions(),
  answer: ({ message, ...work }) =>
    runAgent({ ...work, history: [{ role: 'user', content: message }], tools: [], model, limits, clock: systemClock }),
})
const holder = { kind: 'api', label: '' } as const
await engine.start({ sessionId: session, message: 'hello', holder, clientId: null, onBusy: 'reject' })
const request = { sessionId: session, cursor: START_OF_LOG, signal: new AbortController().signal }
for await (const item of follow({ store: store.turns, feeds }, request)) {
  if (item.kind === 'notice') process.send?.({ kind: 'notice', notice: item.notice })
  else for (const { seq, epoch, type, data } of item.entries) process.send?.({ kind: 'entry', seq, epoch, type, data })
}
process.send?.({ kind: 'over', active: engine.activeTurns(null).length })
