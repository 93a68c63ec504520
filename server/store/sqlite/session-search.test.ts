import { expect, test } from 'vitest'
import { wordsOf } from '../../sessions/search-words.ts'
import { COMPLETED, endOf } from '../../turns/scripted-events.ts'
import { testSessionSearch } from '../session-search.contract.ts'
import {
  claimed,
  claimOf,
  fenceOf,
  hurriedClock,
  newSessionId,
  SESSION_FIELDS,
  SqliteScenario,
} from '../store-scenario.ts'

testSessionSearch(() => SqliteScenario.open())

/** The database as a Conch without an index has left it: all is there, nothing is indexed. */
function forgetIndex(stores: SqliteScenario): void {
  stores.beside((database) => {
    database.exec(`INSERT INTO message_word (message_word) VALUES ('delete-all');
      INSERT INTO title_word (title_word) VALUES ('delete-all');
      UPDATE word_index SET missing_up_to = (SELECT value FROM counter WHERE name = 'message') WHERE name = 'message';
      UPDATE word_index SET missing_up_to = (SELECT max(key) FROM session) WHERE name = 'title'`)
  })
}

async function found(stores: SqliteScenario, text: string) {
  const page = await stores.search.find({ words: wordsOf(text), limit: 50, before: undefined })
  if (page === 'busy') throw new Error('the search was refused')
  return page
}

async function filled(stores: SqliteScenario): Promise<void> {
  await expect.poll(async () => (await found(stores, 'x')).is_complete, { timeout: 30_000 }).toBe(true)
}

function isSound(stores: SqliteScenario): void {
  // with a rank of 1 the index is compared with the rows
  stores.beside((database) => {
    database.exec(`INSERT INTO message_word (message_word, rank) VALUES ('integrity-check', 1);
      INSERT INTO title_word (title_word, rank) VALUES ('integrity-check', 1)`)
  })
}

test('what was there before the index is read into it after a start, in portions, and beside other writes', async () => {
  await using stores = await SqliteScenario.open({ pace: hurriedClock() })
  const texts = Array.from({ length: 700 }, (_, at) => `old ${at} ${at % 100 === 0 ? 'rare' : 'usual'}`)
  const messages = texts.map((content) => ({ role: 'user' as const, content, createdAt: 0 }))
  const kept = await stores.sessions.createSession(newSessionId(), { ...SESSION_FIELDS, title: 'Rare' }, messages)
  const gone = await stores.sessions.createSession(newSessionId(), { ...SESSION_FIELDS, title: 'Rare too' }, messages)
  const running = await claimed(
    stores,
    claimOf(await stores.addSession({ title: 'Other', titleIsCustom: true }), { message: 'rare question' }),
  )
  forgetIndex(stores)
  await stores.reopen()
  // rows that are not indexed yet may go, and an answer whose id was given before the index was is found
  await stores.sessions.deleteSession(gone.id)
  await stores.turns.endTurn(fenceOf(running), () => endOf(COMPLETED, 'rare answer'))
  await stores.sessions.updateSession(kept.id, { title: 'Rarest' })
  await filled(stores)
  const page = await found(stores, 'rare')
  expect(page.messages.map(({ excerpt }) => excerpt.map(({ text }) => text).join(''))).toEqual([
    'rare answer',
    'rare question',
    ...[600, 500, 400, 300, 200, 100, 0].map((at) => `old ${at} rare`),
  ])
  expect(page.sessions.map(({ session_id }) => session_id)).toEqual([kept.id])
  isSound(stores)
})

test('I10: the index keeps nothing of what is deleted or renamed', async () => {
  await using stores = await SqliteScenario.open()
  const messages = ['one', 'two', 'three'].map((content) => ({ role: 'user' as const, content, createdAt: 0 }))
  const add = () => stores.sessions.createSession(newSessionId(), { ...SESSION_FIELDS, title: 'Old' }, messages)
  const [kept, gone] = [await add(), await add()]
  const [first] = await stores.history(kept.id)
  if (!first) throw new Error('the session has no message')
  await stores.sessions.removeMessages({ sessionId: kept.id, messageId: first.message_id, andBelow: false })
  await stores.sessions.updateSession(kept.id, { title: 'New' })
  await stores.sessions.deleteSession(gone.id)
  isSound(stores)
})

test('a start that is cut short in between goes on with the next one', async () => {
  await using stores = await SqliteScenario.open()
  const messages = Array.from({ length: 600 }, (_, at) => ({
    role: 'user' as const,
    content: `old ${at}`,
    createdAt: 0,
  }))
  await stores.sessions.createSession(newSessionId(), SESSION_FIELDS, messages)
  forgetIndex(stores)
  await stores.reopen()
  await stores.reopen()
  await filled(stores)
  await stores.reopen()
  expect((await found(stores, 'old')).messages).toHaveLength(50)
  isSound(stores)
})

test('at most eight searches wait; one more is told so, and the eight are answered', async () => {
  await using stores = await SqliteScenario.open()
  const asked = Array.from({ length: 9 }, () => stores.search.find({ words: ['x'], limit: 1, before: undefined }))
  const answers = await Promise.all(asked)
  expect(answers.map((answer) => answer === 'busy')).toEqual([...Array(8).fill(false), true])
})
