import type { CommandId } from '../../client/commands.ts'
import type { BindResult } from '../../client/key-bindings.ts'

/** Words for what can be done by keys; part of `english.ts`. */
export const commandWords = {
  commands: {
    keys: 'Show all keys',
    search: 'Search, go to, do',
    newSession: 'New session',
    nextSession: 'Go to the next session',
    previousSession: 'Go to the session before',
    write: 'Go to the message box',
    find: 'Find in this session',
    settings: 'Settings',
    send: 'Send, or queue beside an answer',
    stopAndSend: 'Stop the answer and send',
    stop: 'Stop the answer',
    editWaiting: 'Edit the last message that waits, from an empty box',
  } satisfies Record<CommandId, string>,

  keys: {
    heading: 'Keys',
    lead: 'Each can be changed. The choice belongs to this browser.',
    places: { app: 'Everywhere', box: 'In the message box' },
    always: 'As they are',
    none: 'no keys',
    or: 'or',
    change: 'Change',
    changeOf: (command: string) => `Change the keys of “${command}”`,
    press: 'Press the new keys. Esc leaves it as it is.',
    reset: 'Reset',
    resetOf: (command: string) => `Reset the keys of “${command}”`,
    resetAll: 'Reset all',
    takeOver: 'Use them here',
    leave: 'Leave it',
    close: 'Close',
    changed: (command: string, keys: string) => `${command}: ${keys}`,
    refused: {
      taken: (keys: string, by: string) => `${keys} belongs to “${by}”.`,
      reserved: (keys: string) => `${keys} is needed by the page or the browser.`,
      typed: (keys: string) => `${keys} would be written into the message.`,
    } satisfies Record<Exclude<BindResult['status'], 'bound'>, unknown>,
    fixed: {
      newLine: 'A new line in the message',
      close: 'Close what is open',
      move: 'Through lists and choices; Enter takes one',
      take: 'Take that choice while the card of a running turn is open',
    },
    names: {
      Mod: 'Ctrl',
      ModOnMac: '⌘',
      Alt: 'Alt',
      AltOnMac: '⌥',
      Shift: 'Shift',
      Escape: 'Esc',
      Enter: 'Enter',
      Space: 'Space',
      ArrowUp: '↑',
      ArrowDown: '↓',
      ArrowLeft: '←',
      ArrowRight: '→',
    },
  },
} as const
