import type { Translation } from '../catalogue.ts'
import type { findingWords as english } from '../english/finding-words.ts'
import { count } from './phrasing.ts'

/** Words for finding a session again; part of `german.ts`. */
export const findingWords: Translation<typeof english> = {
  search: {
    open: 'Suchen',
    heading: 'Suchen und hingehen',
    label: 'Nachrichten, Gespräche und Befehle durchsuchen',
    placeholder: 'Was wurde gesagt? Was ist zu tun?',
    results: 'Treffer',
    commands: 'Tun',
    recent: 'Zuletzt benutzt',
    sessions: 'Gespräche',
    messages: 'Nachrichten',
    you: 'Du',
    answer: 'Antwort',
    more: 'Mehr zeigen',
    searching: 'Wird gesucht …',
    nothing: 'Nichts gefunden. Private Gespräche werden nie durchsucht.',
    failed: 'Die Suche ging nicht. Versuch es gleich noch einmal.',
    incomplete: 'Ältere Nachrichten werden noch eingelesen; in ein paar Minuten findest du auch sie.',
    count: (results) => count(results, 'Treffer', 'Treffer'),
    keys: 'Pfeiltasten wählen · Eingabe öffnet · Esc schließt',
  },

  pins: {
    heading: 'Angeheftet',
    pin: 'Oben anheften',
    unpin: 'Nicht mehr anheften',
  },

  unread: 'neue Antwort',
}
