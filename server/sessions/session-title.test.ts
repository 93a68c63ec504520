import { expect, test } from 'vitest'
import { isPlaceholderTitle, titleFromMessage } from './session-title.ts'

test('a session is called by the first line of its first message', () => {
  expect(titleFromMessage('  Plan the trip\nto the sea')).toBe('Plan the trip')
})

test('S23: however much white space there is in a first line, its title is there at once', () => {
  const spaces = ' '.repeat(2_000_000)
  expect(titleFromMessage(`Plan${spaces}the trip`)).toBe('Plan…')
  expect(titleFromMessage(`Plan the trip${spaces}\nto the sea`)).toBe('Plan the trip')
})

test('a long title is cut at a word, and never inside a character', () => {
  const title = titleFromMessage('What would be a good way to explain the tides to a class of nine-year-olds?')
  expect(title).toBe('What would be a good way to explain the tides to a class of…')
  expect(titleFromMessage('😀'.repeat(80))).toBe(`${'😀'.repeat(60)}…`)
})

test('titles that nobody chose are told from those that somebody did', () => {
  expect([' New Chat ', 'UNTITLED', ''].map(isPlaceholderTitle)).toEqual([true, true, true])
  expect(['New Chat about cheese', 'Chatter'].map(isPlaceholderTitle)).toEqual([false, false])
})
