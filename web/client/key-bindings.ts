import { COMMAND_IDS, COMMANDS, type CommandId, isCommandId } from './commands.ts'
import { parseJson } from './json-text.ts'
import { isReserved, isTyped } from './key-chords.ts'
import { createStore, type ReadableStore } from './store.ts'

export type BindResult =
  | { readonly status: 'bound' }
  /** Another command has these keys. */
  | { readonly status: 'taken'; readonly by: CommandId }
  /** The browser or the page needs them. */
  | { readonly status: 'reserved' }
  /** They would be typed into the message. */
  | { readonly status: 'typed' }

type Changes = ReadonlyMap<CommandId, readonly string[]>

/** The keys of the commands. They belong to this browser; what nobody has changed is as Conch has it. */
export interface KeyBindings {
  /** What differs from how Conch has it. */
  readonly changes: ReadableStore<Changes>
  /** The one switch: off, of all keys only those that send do anything, and all others are the browser's (ui.md §3.6). */
  readonly areOn: ReadableStore<boolean>
  readonly setOn: (areOn: boolean) => void
  readonly keysOf: (id: CommandId) => readonly string[]
  /** Whether its keys do anything. Where they do not, nothing on the screen speaks of them. */
  readonly isOn: (id: CommandId) => boolean
  /** What the chord does now. */
  readonly commandOf: (chord: string) => CommandId | undefined
  /** Gives `id` this chord alone. With `takeOver` the command that had it loses it. */
  readonly bind: (id: CommandId, chord: string, takeOver?: boolean) => BindResult
  /** As Conch has it. A chord that another command was given meanwhile stays there. */
  readonly reset: (id: CommandId) => void
  readonly resetAll: () => void
}

const STORAGE_KEY = 'conch.keys'
const OFF_KEY = 'conch.keys-off'

export function readKeyBindings(storage: Pick<Storage, 'getItem' | 'setItem'>): KeyBindings {
  const changes = createStore(parseChanges(storage.getItem(STORAGE_KEY)))
  const areOn = createStore(storage.getItem(OFF_KEY) !== 'yes')

  function change(next: Changes): void {
    changes.set(next)
    storage.setItem(STORAGE_KEY, JSON.stringify(Object.fromEntries(next)))
  }

  function keysOf(id: CommandId): readonly string[] {
    return changes.get().get(id) ?? COMMANDS[id].keys
  }

  function isOn(id: CommandId): boolean {
    return areOn.get() || id === 'send'
  }

  function ownerOf(chord: string): CommandId | undefined {
    return COMMAND_IDS.find((id) => keysOf(id).includes(chord))
  }

  function bind(id: CommandId, chord: string, takeOver = false): BindResult {
    if (isReserved(chord)) return { status: 'reserved' }
    if (COMMANDS[id].place === 'box' && isTyped(chord)) return { status: 'typed' }
    const by = ownerOf(chord)
    if (by !== undefined && by !== id && !takeOver) return { status: 'taken', by }
    const next = new Map(changes.get())
    if (by !== undefined) next.set(by, keysWithout(by, chord))
    change(next.set(id, [chord]))
    return { status: 'bound' }
  }

  function keysWithout(id: CommandId, chord: string): readonly string[] {
    return keysOf(id).filter((other) => other !== chord)
  }

  function reset(id: CommandId): void {
    const own: readonly string[] = COMMANDS[id].keys
    const free = own.filter((chord) => [undefined, id].includes(ownerOf(chord)))
    const next = new Map(changes.get())
    next.delete(id)
    change(free.length === own.length ? next : next.set(id, free))
  }

  return {
    changes,
    areOn,
    setOn: (next) => {
      areOn.set(next)
      storage.setItem(OFF_KEY, next ? 'no' : 'yes')
    },
    keysOf,
    isOn,
    commandOf: (chord) => {
      const id = ownerOf(chord)
      return id !== undefined && isOn(id) ? id : undefined
    },
    bind,
    reset,
    resetAll: () => change(new Map()),
  }
}

/** What is stored may be of another version, or no JSON at all. */
function parseChanges(stored: string | null): Changes {
  const parsed = stored === null ? null : parseJson(stored)
  const changes = new Map<CommandId, readonly string[]>()
  if (typeof parsed !== 'object' || parsed === null) return changes
  for (const [id, chords] of Object.entries(parsed)) {
    const isKnown = isCommandId(id) && Array.isArray(chords)
    if (isKnown)
      changes.set(
        id,
        chords.filter((chord) => typeof chord === 'string'),
      )
  }
  return changes
}
