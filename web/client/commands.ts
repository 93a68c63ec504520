import { createStore, type ReadableStore } from './store.ts'

/** All that can be done by keys. Those of `box` count where a message is written, the others everywhere. */
export const COMMANDS = {
  keys: { place: 'app', keys: ['?', 'Mod+/'] },
  search: { place: 'app', keys: ['Mod+K'] },
  newSession: { place: 'app', keys: ['Mod+Shift+O'] },
  nextSession: { place: 'app', keys: ['Alt+Shift+ArrowDown'] },
  previousSession: { place: 'app', keys: ['Alt+Shift+ArrowUp'] },
  write: { place: 'app', keys: ['Alt+M'] },
  find: { place: 'app', keys: ['Mod+F'] },
  settings: { place: 'app', keys: ['Mod+,'] },
  send: { place: 'box', keys: ['Enter', 'Mod+Enter'] },
  stopAndSend: { place: 'box', keys: ['Mod+Shift+Enter'] },
  stop: { place: 'box', keys: ['Escape'] },
  editWaiting: { place: 'box', keys: ['ArrowUp'] },
} as const satisfies Record<string, { readonly place: 'app' | 'box'; readonly keys: readonly string[] }>

export type CommandId = keyof typeof COMMANDS

export const COMMAND_IDS: readonly CommandId[] = Object.keys(COMMANDS).filter(isCommandId)

export function isCommandId(name: string): name is CommandId {
  return Object.hasOwn(COMMANDS, name)
}

/** Does the command. False where it leaves the keys to the browser. */
export type RunCommand = () => unknown

/** What can be done now. The part of the screen that can do a command offers it for as long as it is there. */
export interface OfferedCommands {
  readonly offered: ReadableStore<ReadonlyMap<CommandId, RunCommand>>
  /** Until the returned function is called. */
  readonly offer: (id: CommandId, run: RunCommand) => () => void
}

export function createOfferedCommands(): OfferedCommands {
  const offered = createStore<ReadonlyMap<CommandId, RunCommand>>(new Map())
  return {
    offered,
    offer: (id, run) => {
      offered.update((current) => new Map(current).set(id, run))
      return () =>
        offered.update((current) => {
          if (current.get(id) !== run) return current // another part offers it by now
          const left = new Map(current)
          left.delete(id)
          return left
        })
    },
  }
}
