import type { Translation } from '../catalogue.ts'
import type { settingsWords as english } from '../english/settings-words.ts'
import { count } from './phrasing.ts'

/** Words for what is kept here as a whole, and for the room that models get, and for the language; part of `german.ts`. */
export const settingsWords: Translation<typeof english> = {
  languageChoice: {
    heading: 'Sprache',
    browser: (language) => `Wie der Browser (${language})`,
  },

  contextSize: {
    heading: 'Platz für das Gespräch',
    asServer: 'Wie sein Server es hält',
    tokens: (tokens) => count(tokens, 'Token', 'Tokens'),
    hint: 'Darum wird Lemonade gebeten, wenn Conch es ein Modell laden lässt. Mehr Platz braucht mehr Speicher. Andere Server entscheiden das selbst.',
    loadAgain: (model) => `${model} damit neu laden`,
    loading: (model) => `${model} wird geladen.`,
  },

  data: {
    heading: 'Deine Gespräche',
    lead: 'Alles Gesagte bleibt auf diesem Rechner, bis du es löschst.',
    exportAll: 'Alles in einer Datei speichern',
    exportHint: 'Private Gespräche stehen nicht in der Datei, auch keine Einstellungen und Schlüssel.',
    deleteAll: 'Alle Gespräche löschen …',
    dialogTitle: 'Alle Gespräche löschen?',
    dialogBody: (sessions, messages) =>
      `${count(sessions, 'Gespräch', 'Gespräche')} mit ${count(messages, 'Nachricht', 'Nachrichten')}: All das ist dann fort, auch Privates und was noch wartet. Das lässt sich nicht rückgängig machen.`,
    dialogStays: 'Deine Einstellungen und die Schlüssel der Modellserver bleiben.',
    dialogConfirm: 'Alles löschen',
    dialogCancel: 'Behalten',
    busy: 'Gerade wird eine Antwort geschrieben. Nichts wurde gelöscht: Warte auf sie, oder halte sie erst an.',
    changed: 'Inzwischen wurde etwas gesagt oder gelöscht. Nichts wurde gelöscht: Lies oben, was es jetzt gibt.',
    failed: 'Das ging nicht. Nichts wurde gelöscht; versuch es gleich noch einmal.',
    gone: 'Alle Gespräche sind gelöscht.',
    nothing: 'Es gibt keine Gespräche zu löschen.',
  },
}
