import type { Translation } from '../catalogue.ts'
import type { commandWords as english } from '../english/command-words.ts'

/** Words for what can be done by keys; part of `german.ts`. */
export const commandWords: Translation<typeof english> = {
  commands: {
    keys: 'Alle Tasten zeigen',
    search: 'Suchen, hingehen, etwas tun',
    newSession: 'Neues Gespräch',
    nextSession: 'Zum nächsten Gespräch',
    previousSession: 'Zum vorigen Gespräch',
    write: 'Zum Nachrichtenfeld',
    find: 'In diesem Gespräch suchen',
    settings: 'Einstellungen',
    send: 'Senden, oder einreihen, solange geantwortet wird',
    stopAndSend: 'Antwort anhalten und senden',
    stop: 'Antwort anhalten',
    editWaiting: 'Letzte wartende Nachricht ändern, aus dem leeren Feld',
  },

  keys: {
    heading: 'Tasten',
    lead: 'Jede lässt sich ändern. Die Wahl gehört zu diesem Browser.',
    places: { app: 'Überall', box: 'Im Nachrichtenfeld' },
    always: 'Fest vergeben',
    none: 'keine Tasten',
    or: 'oder',
    change: 'Ändern',
    changeOf: (command) => `Tasten von „${command}“ ändern`,
    press: 'Drück die neuen Tasten. Esc lässt es, wie es ist.',
    reset: 'Zurücksetzen',
    resetOf: (command) => `Tasten von „${command}“ zurücksetzen`,
    resetAll: 'Alle zurücksetzen',
    takeOver: 'Hier benutzen',
    leave: 'So lassen',
    close: 'Schließen',
    changed: (command, keys) => `${command}: ${keys}`,
    refused: {
      taken: (keys, by) => `${keys} gehört zu „${by}“.`,
      reserved: (keys) => `${keys} brauchen die Seite oder der Browser.`,
      typed: (keys) => `${keys} würde in die Nachricht geschrieben.`,
    },
    fixed: {
      newLine: 'Neue Zeile in der Nachricht',
      close: 'Schließen, was offen ist',
      move: 'Durch Listen und Möglichkeiten; Eingabe nimmt eine',
      take: 'Diese Möglichkeit nehmen, solange die Karte einer laufenden Antwort offen ist',
    },
    names: {
      Mod: 'Strg',
      ModOnMac: '⌘',
      Alt: 'Alt',
      AltOnMac: '⌥',
      Shift: 'Umschalt',
      Escape: 'Esc',
      Enter: 'Eingabe',
      Space: 'Leertaste',
      ArrowUp: '↑',
      ArrowDown: '↓',
      ArrowLeft: '←',
      ArrowRight: '→',
    },
  },
}
