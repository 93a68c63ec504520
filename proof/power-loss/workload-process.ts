import { writeSync } from 'node:fs'
import { setImmediate as turnOfTheLoop } from 'node:timers/promises'
import { systemClock } from '../../server/lib/clock.ts'
import { SeededRandom } from '../../server/lib/seeded-random.ts'
import { SqliteStore } from '../../server/store/sqlite/sqlite-store.ts'
import type { Answer, Call } from '../evidence/history.ts'
import { Recorder } from '../evidence/recorder.ts'
import { ServerCore } from '../simulator/server-core.ts'
import { SimulatedClients } from '../simulator/simulated-clients.ts'
import { EagerModel, noteTool } from './eager-model.ts'

/**
 * `node workload-process.ts DATABASE SEED`: people at a server without HTTP, on a real database. Every event of the history,
 * every run of the tool and every reply of the model is one line on stdout as soon as it is known. Under strace these lines
 * stand among the writes to the disk, so that what had been acknowledged before any of them is exact.
 */
const PATIENCE_MS = 3_000
const [path = '', seed = '1'] = process.argv.slice(2)
const random = new SeededRandom(Number(seed))
const tell = (line: object) => writeSync(1, `${JSON.stringify(line)}\n`)
const recorder = new Recorder(() => performance.timeOrigin + performance.now(), tell)
const store = await SqliteStore.open({ path, wallClock: systemClock, pace: systemClock })
const tool = noteTool((mark) => tell({ toolRun: mark }))
const model = new EagerModel((modelReply) => tell({ modelReply }))
const ids = { turns: 0, sessions: 0, workers: 0 }
const server = new ServerCore({ store, clock: systemClock, model, tool, ids })
const clients = new SimulatedClients(recorder)
const sessions: string[] = []
const turns: { sessionId: string; turnId: string }[] = []
let sends = 0

await server.recover()
for (let n = 0; n < 3; n += 1) await ask({ do: 'create' })
for (const sessionId of sessions) clients.follow(server, { client: 'bob', sessionId, cursor: 0, entries: 1_000 })
for (let act = 0; act < 30 && sessions.length > 0; act += 1) {
  await Promise.all([doSomething(), doSomething()])
  for (let n = random.below(12); n > 0; n -= 1) await turnOfTheLoop()
}
// On a disk that stays full an end is tried again for as long as the server lives: here it lives no longer than this.
const givesUpAt = performance.now() + PATIENCE_MS
while ((clients.waiting > 0 || server.engine.activeTurns(null).length > 0) && performance.now() < givesUpAt) {
  await turnOfTheLoop()
}
for (const stream of clients.openStreams) clients.hangUp(stream)
await turnOfTheLoop()
process.exit(0)

async function doSomething(): Promise<void> {
  const sessionId = random.pick(sessions)
  const turn = turns.at(-1)
  switch (random.below(10)) {
    case 0:
      return await ask({ do: 'rename', sessionId, title: `title ${random.below(1_000)}` })
    case 1:
      return await ask({ do: 'branch', sessionId })
    case 2:
      if (turn) await ask({ do: 'cancel', ...turn })
      return
    case 3:
      if (sessions.length < 4) return
      sessions.splice(sessions.indexOf(sessionId), 1)
      return await ask({ do: 'delete', sessionId })
    default:
      sends += 1
      return await ask({
        do: 'send',
        sessionId,
        message: `<${sends}> canary-${sessionId} note:mark-${sends} hello`,
        key: null,
        onBusy: random.below(4) === 0 ? 'interrupt' : 'reject',
        isLast: false,
      })
  }
}

function ask(call: Call): Promise<void> {
  return new Promise((resolve) => {
    const onAnswer = (answer: Answer) => {
      if (answer.to === 'create' || answer.to === 'branch') sessions.push(answer.sessionId)
      if (answer.to === 'send' && call.do === 'send') turns.push({ sessionId: call.sessionId, turnId: answer.turnId })
    }
    clients.ask(server, { client: 'ann', call }, { onAnswer, onEnd: resolve })
  })
}
