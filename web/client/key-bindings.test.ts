import { describe, expect, test } from 'vitest'
import { COMMAND_IDS, createOfferedCommands } from './commands.ts'
import { readKeyBindings } from './key-bindings.ts'
import { chordOf, isTyped, type PressedKey } from './key-chords.ts'

function storage(initial: string | null = null) {
  const stored = new Map(initial === null ? [] : [['conch.keys', initial]])
  return {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, text: string) => void stored.set(key, text),
  }
}

function press(key: string, held: Partial<PressedKey> = {}): PressedKey {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, code: '' }
  return { ...none, key, getModifierState: () => false, ...held }
}

describe('chords', () => {
  test.each([
    [press('k', { ctrlKey: true }), 'Mod+K'],
    [press('k', { metaKey: true }), 'Mod+K'],
    [press('O', { ctrlKey: true, shiftKey: true }), 'Mod+Shift+O'],
    [press('Enter', { shiftKey: true }), 'Shift+Enter'],
    [press('?', { shiftKey: true }), '?'],
    [press('/', { ctrlKey: true }), 'Mod+/'],
    [press('+', { ctrlKey: true }), 'Mod++'],
    [press(' ', { altKey: true }), 'Alt+Space'],
    // a Cyrillic keyboard, and Option on a Mac
    [press('л', { ctrlKey: true, code: 'KeyK' }), 'Mod+K'],
    [press('µ', { altKey: true, code: 'KeyM' }), 'Alt+M'],
    // a German keyboard types `@` with AltGr: that is writing
    [press('@', { ctrlKey: true, altKey: true, getModifierState: () => true }), null],
    [press('Shift', { shiftKey: true }), null],
  ])('%# is read as it is written', (event, chord) => {
    expect(chordOf(event)).toBe(chord)
  })

  test('what writes something belongs to a box', () => {
    expect(['?', 'A', 'Shift+A', 'Space', 'Mod+K', 'Alt+M', 'Enter', 'Mod++'].filter(isTyped)).toEqual([
      '?',
      'A',
      'Shift+A',
      'Space',
    ])
  })
})

describe('bindings', () => {
  test('no two commands begin with the same keys', () => {
    const keys = readKeyBindings(storage())
    const all = COMMAND_IDS.flatMap((id) => keys.keysOf(id))
    expect(new Set(all).size).toBe(all.length)
  })

  test('a command can be given other keys, in this browser for good', () => {
    const kept = storage()
    expect(readKeyBindings(kept).bind('search', 'Mod+J')).toEqual({ status: 'bound' })
    const keys = readKeyBindings(kept)
    expect(keys.keysOf('search')).toEqual(['Mod+J'])
    expect([keys.commandOf('Mod+J'), keys.commandOf('Mod+K')]).toEqual(['search', undefined])
  })

  test('keys that another command has are given to nobody unasked; taken over, the other one loses them', () => {
    const keys = readKeyBindings(storage())
    expect(keys.bind('settings', 'Mod+/')).toEqual({ status: 'taken', by: 'keys' })
    expect(keys.commandOf('Mod+/')).toBe('keys')
    expect(keys.bind('settings', 'Mod+/', true)).toEqual({ status: 'bound' })
    expect([keys.keysOf('settings'), keys.keysOf('keys')]).toEqual([['Mod+/'], ['?']])
  })

  test('the keys that the page needs, and those that write, are refused', () => {
    const keys = readKeyBindings(storage())
    expect(keys.bind('search', 'Tab')).toEqual({ status: 'reserved' })
    expect(keys.bind('search', 'Escape')).toEqual({ status: 'reserved' })
    expect(keys.bind('send', 'Mod+C')).toEqual({ status: 'reserved' })
    expect(keys.bind('send', 'S')).toEqual({ status: 'typed' })
    expect(keys.changes.get().size).toBe(0)
  })

  test('reset takes nothing from a command that was given the keys meanwhile', () => {
    const keys = readKeyBindings(storage())
    keys.bind('search', 'Mod+J')
    keys.bind('settings', 'Mod+K')
    keys.reset('search')
    expect([keys.keysOf('search'), keys.keysOf('settings')]).toEqual([[], ['Mod+K']])
    keys.reset('settings')
    keys.reset('search')
    expect([keys.keysOf('search'), keys.keysOf('settings')]).toEqual([['Mod+K'], ['Mod+,']])
    expect(keys.changes.get().size).toBe(0)
  })

  test('ui.md §3.6: one switch turns them off for good, all but those that send, and on again as they were', () => {
    const kept = storage()
    const before = readKeyBindings(kept)
    before.bind('search', 'Mod+J')
    before.setOn(false)
    const keys = readKeyBindings(kept)
    expect(COMMAND_IDS.filter((id) => keys.isOn(id))).toEqual(['send'])
    const pressed = COMMAND_IDS.flatMap((id) => keys.keysOf(id)).map((chord) => keys.commandOf(chord))
    expect(pressed.filter((id) => id !== undefined)).toEqual(['send', 'send'])
    // what belongs to a command is still nobody else's
    expect(keys.bind('settings', 'Mod+J')).toEqual({ status: 'taken', by: 'search' })
    keys.setOn(true)
    expect(readKeyBindings(kept).commandOf('Mod+J')).toBe('search')
  })

  test.each(['no JSON', 'null', '7', '{"gone":["Mod+K"],"search":"Mod+J"}'])(
    '%s in the storage changes nothing',
    (text) => {
      expect(readKeyBindings(storage(text)).changes.get().size).toBe(0)
    },
  )
})

test('a command is offered by the part that can do it, and by no part that has gone', () => {
  const commands = createOfferedCommands()
  const first = () => undefined
  const second = () => undefined
  const leaveFirst = commands.offer('find', first)
  const leaveSecond = commands.offer('find', second)
  leaveFirst()
  expect(commands.offered.get().get('find')).toBe(second)
  leaveSecond()
  expect(commands.offered.get().size).toBe(0)
})
