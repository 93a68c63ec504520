import { expect, test } from 'vitest'
import { sessionSchema } from '../../protocol/session.ts'
import { claimed, claimOf, fenceOf, newSessionId, SqliteScenario } from '../store/store-scenario.ts'
import { COMPLETED, endOf } from '../turns/scripted-events.ts'
import { type SessionChange, Sessions } from './sessions.ts'

/** Sessions over a real store, with everything that others were told. */
class Scene implements AsyncDisposable {
  readonly stores: SqliteScenario
  readonly sessions: Sessions
  readonly changes: SessionChange[] = []
  /** What happened, in its order, in words. */
  readonly told: string[] = []

  private constructor(stores: SqliteScenario) {
    this.stores = stores
    this.sessions = new Sessions({
      store: stores.sessions,
      newSessionId,
      defaultModel: () => 'model-1',
      onChange: (change) => {
        this.changes.push(change)
        this.told.push(change.type)
      },
      images: {
        keep: async () => undefined,
        delete: async () => void this.told.push('image deleted'),
        copyAll: async () => void this.told.push('images copied'),
        deleteAll: async () => void this.told.push('images deleted'),
      },
      onDeleted: () => this.told.push('turn dropped'),
    })
  }

  static async open(): Promise<Scene> {
    return new Scene(await SqliteScenario.open())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stores[Symbol.asyncDispose]()
  }
}

test('a new session has what its creator wanted, and the usual for the rest', async () => {
  await using scene = await Scene.open()
  const plain = await scene.sessions.create({})
  expect(plain).toMatchObject({ title: 'New Chat', titleIsCustom: false, model: 'model-1', private: false })
  const chosen = await scene.sessions.create({
    title: 'Taxes',
    model: 'model-2',
    systemPrompt: 'be brief',
    private: true,
    device: 'npu',
  })
  expect(chosen).toMatchObject({ title: 'Taxes', titleIsCustom: true, model: 'model-2', systemPrompt: 'be brief' })
  expect(await scene.stores.sessions.readSession(chosen.id)).toEqual(chosen)
})

test('each change is told after its commit, in the words of the wire', async () => {
  await using scene = await Scene.open()
  const { id } = await scene.sessions.create({ title: 'Taxes' })
  await scene.sessions.update(id, { title: 'Taxes 2026' })
  const [created, updated] = scene.changes.map((change) => (change.type === 'changed' ? change.session : undefined))
  expect(created).toMatchObject({ id, title: 'Taxes', message_count: 0, document_ids: [] })
  expect(updated).toMatchObject({ id, title: 'Taxes 2026' })
  for (const session of [created, updated]) expect(sessionSchema.parse(session)).toEqual(session)
})

test('F13: a delete drops the turn before anybody is told', async () => {
  await using scene = await Scene.open()
  const { id } = await scene.sessions.create({})
  expect(await scene.sessions.delete(id)).toBe(true)
  expect(scene.told).toEqual(['changed', 'turn dropped', 'deleted', 'images deleted'])
  expect(await scene.sessions.delete(id)).toBe(false)
  expect(scene.told).toHaveLength(4)
})

test('nothing is told of a session that does not exist', async () => {
  await using scene = await Scene.open()
  const id = newSessionId()
  expect(await scene.sessions.update(id, { title: 'x' })).toEqual({ status: 'session_not_found' })
  expect(await scene.sessions.branch(id, undefined)).toBeUndefined()
  await scene.sessions.tellChanged(id)
  expect(scene.told).toEqual([])
})

test('a branch is told as a session of its own, named after its source', async () => {
  await using scene = await Scene.open()
  const { id } = await scene.sessions.create({ title: 'Taxes' })
  const turn = await claimed(scene.stores, claimOf(id, { message: 'why?' }))
  await scene.stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED, 'because'))
  const branch = await scene.sessions.branch(id, turn.userMessageId)
  expect(branch).toMatchObject({ title: 'Taxes (branch)', titleIsCustom: false, messageCount: 1 })
  expect(branch?.id).not.toBe(id)
  expect(scene.changes.at(-1)).toMatchObject({ type: 'changed', session: { id: branch?.id, message_count: 1 } })
})

test('F14: removed messages are told with the new count; a refused removal is not', async () => {
  await using scene = await Scene.open()
  const { id: sessionId } = await scene.sessions.create({})
  const turn = await claimed(scene.stores, claimOf(sessionId))
  const removal = { sessionId, messageId: turn.userMessageId, andBelow: true }
  expect(await scene.sessions.removeMessages(removal)).toEqual({ status: 'turn_active' })
  expect(scene.told).toEqual(['changed'])
  await scene.stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))
  expect(await scene.sessions.removeMessages(removal)).toMatchObject({ status: 'removed' })
  expect(scene.changes.at(-1)).toMatchObject({ session: { id: sessionId, message_count: 0 } })
})
