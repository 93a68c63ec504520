import { describe, expect, test } from 'vitest'
import type { MessageId, SessionId } from '../../protocol/ids.ts'
import type { MarkedText, SearchPage } from '../../protocol/search.ts'
import { wordsOf } from '../sessions/search-words.ts'
import { COMPLETED, endOf } from '../turns/scripted-events.ts'
import type { TurnClaim } from '../turns/turn-store.ts'
import {
  claimed,
  claimOf,
  fenceOf,
  newSessionId,
  type OpenedStores,
  type OpenStores,
  SESSION_FIELDS,
} from './store-scenario.ts'

/** What every `SessionSearch` must find, and must not. */
export function testSessionSearch(open: OpenStores): void {
  describe('what is found', () => testFound(open))
  describe('what is not found', () => testNotFound(open))
}

function testFound(open: OpenStores): void {
  test('questions as soon as they are asked, answers as soon as they have ended, newest first', async () => {
    await using stores = await open()
    const id = await stores.addSession({ title: 'Moon', titleIsCustom: true })
    const turn = await claimed(stores, claimOf(id, { message: 'Why are there tides?' }))
    expect(await contents(stores, 'tides')).toEqual(['Why are there tides?'])
    await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED, 'The moon makes the tides.'))
    expect(await contents(stores, 'tides')).toEqual(['The moon makes the tides.', 'Why are there tides?'])
    const page = await find(stores, 'tides')
    expect(page.messages[0]).toMatchObject({
      session_id: id,
      session_title: 'Moon',
      role: 'assistant',
      message_id: turn.assistantMessageId,
      created_at: new Date(stores.clock.nowMs()).toISOString(),
    })
    expect(page.messages[0]?.excerpt.filter(({ hit }) => hit)).toEqual([{ text: 'tides', hit: true }])
    expect(page).toMatchObject({ has_more: false, is_complete: true })
  })

  test('all words in any order, whatever their case and accents, the last one also where it goes on', async () => {
    await using stores = await open()
    await say(stores, ['Crème brûlée in Straßburg', 'creme only'])
    expect(await contents(stores, 'BRULEE creme')).toEqual(['Crème brûlée in Straßburg'])
    expect(await contents(stores, 'crème brû')).toEqual(['Crème brûlée in Straßburg'])
    expect(await contents(stores, 'brû crème')).toEqual([])
  })

  test('titles, as they are now', async () => {
    await using stores = await open()
    const id = await stores.addSession({ title: 'Old harbour' })
    await stores.sessions.updateSession(id, { title: 'New harbour' })
    expect(await titles(stores, 'old')).toEqual([])
    expect((await find(stores, 'harb')).sessions).toEqual([
      {
        session_id: id,
        title: [
          { text: 'New ', hit: false },
          { text: 'harbour', hit: true },
        ],
      },
    ])
    await claimed(stores, claimOf(await stores.addSession(), { message: 'Named by its question' }))
    expect(await titles(stores, 'question')).toEqual(['Named by its question'])
  })

  test('page by page, each hit once, titles with the first page only', async () => {
    await using stores = await open()
    await say(
      stores,
      Array.from({ length: 7 }, (_, at) => `shell ${at}`),
      'A shell',
    )
    const seen: string[] = []
    let before: MessageId | undefined
    for (let pages = 0; pages < 3; pages += 1) {
      const page = await find(stores, 'shell', { limit: 3, before })
      expect(page.sessions).toHaveLength(pages === 0 ? 1 : 0)
      expect(page.has_more).toBe(pages < 2)
      seen.push(...page.messages.map(({ excerpt }) => textOf(excerpt)))
      before = page.messages.at(-1)?.message_id
    }
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((at) => `shell ${at}`))
  })

  test('what was copied into a branch, under the branch', async () => {
    await using stores = await open()
    const from = await say(stores, ['kelp'])
    const id = newSessionId()
    await stores.sessions.branchSession({ id, from, upTo: undefined, title: '' })
    expect((await find(stores, 'kelp')).messages.map((hit) => hit.session_id)).toEqual([id, from])
  })
}

function testNotFound(open: OpenStores): void {
  test('private sessions, until they are private no longer', async () => {
    await using stores = await open()
    const id = await say(stores, ['secret'], 'secret')
    await stores.sessions.updateSession(id, { private: true })
    expect([await contents(stores, 'secret'), await titles(stores, 'secret')]).toEqual([[], []])
    await stores.sessions.updateSession(id, { private: false })
    expect([await contents(stores, 'secret'), await titles(stores, 'secret')]).toEqual([['secret'], ['secret']])
  })

  test('I10: deleted messages and deleted sessions', async () => {
    await using stores = await open()
    const kept = await say(stores, ['urchin one', 'urchin two'], 'urchins')
    const gone = await say(stores, ['urchin three'], 'urchins gone')
    const [, second] = await stores.history(kept)
    if (second) await stores.sessions.removeMessages({ sessionId: kept, messageId: second.message_id, andBelow: false })
    expect(await contents(stores, 'urchin')).toEqual(['urchin three', 'urchin one'])
    await stores.sessions.deleteSession(gone)
    expect([await contents(stores, 'urchin'), await titles(stores, 'urchins')]).toEqual([['urchin one'], ['urchins']])
  })

  test('alternatives that are put aside, until they are shown again', async () => {
    await using stores = await open()
    const id = await stores.addSession()
    const first = await turnOf(stores, claimOf(id, { message: 'anemone one' }))
    await turnOf(stores, claimOf(id, { message: 'anemone two', replaces: first }))
    expect(await contents(stores, 'anemone')).toEqual(['anemone two'])
    await stores.turns.showAlternative({ sessionId: id, messageId: first })
    expect(await contents(stores, 'anemone')).toEqual(['anemone one'])
  })

  test('anything for a text without a word, and by the operators of any database', async () => {
    await using stores = await open()
    await say(stores, ['plain words'])
    for (const query of [
      '',
      '  ',
      '"',
      '*',
      '(((',
      '%',
      '_',
      '^',
      '"" ""',
      ':',
      "'; DROP TABLE message; --",
      'NOT',
      'content:plain',
      'NEAR(plain words)',
      'plain OR nothing',
      '{plain} : x',
    ]) {
      expect(await contents(stores, query), query).toEqual([])
    }
    // read as the two words that they are
    expect(await contents(stores, '"plain* -words')).toEqual(['plain words'])
  })

  test('a write that was refused', async () => {
    await using stores = await open()
    const id = await stores.addSession()
    await claimed(stores, claimOf(id, { message: 'admitted' }))
    expect((await stores.turns.claimTurn(claimOf(id, { message: 'limpet' }))).status).toBe('turn_active')
    expect(await contents(stores, 'limpet')).toEqual([])
  })
}

async function say(stores: OpenedStores, texts: readonly string[], title = 'New Chat'): Promise<SessionId> {
  const messages = texts.map((content) => ({ role: 'user' as const, content, createdAt: 0 }))
  return (await stores.sessions.createSession(newSessionId(), { ...SESSION_FIELDS, title }, messages)).id
}

/** A turn that has ended; answers with its question's id. */
async function turnOf(stores: OpenedStores, claim: TurnClaim): Promise<MessageId> {
  const turn = await claimed(stores, claim)
  await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED, ''))
  return turn.userMessageId
}

async function find(
  stores: OpenedStores,
  text: string,
  page: { readonly limit?: number; readonly before?: MessageId | undefined } = {},
): Promise<SearchPage> {
  const found = await stores.search.find({ words: wordsOf(text), limit: 20, before: undefined, ...page })
  if (found === 'busy') throw new Error('the search was refused')
  return found
}

async function contents(stores: OpenedStores, text: string): Promise<readonly string[]> {
  return (await find(stores, text)).messages.map(({ excerpt }) => textOf(excerpt))
}

async function titles(stores: OpenedStores, text: string): Promise<readonly string[]> {
  return (await find(stores, text)).sessions.map(({ title }) => textOf(title))
}

function textOf(marked: MarkedText): string {
  return marked.map(({ text }) => text).join('')
}
