import { expect, test } from 'vitest'
import type { SessionId } from '../../protocol/ids.ts'
import { pathOfSession, sessionOfPath } from './location.ts'

test('a session has an address, and the address leads to the session', () => {
  const sessionId = '6f9a/ü%' as SessionId
  expect(sessionOfPath(pathOfSession(sessionId))).toBe(sessionId)
})

test('every other path is the start', () => {
  expect(pathOfSession(null)).toBe('/')
  for (const path of ['/', '/s', '/s/', '/s/a/b', '/other', '/s/%E0%A4%A']) expect(sessionOfPath(path)).toBeNull()
})
