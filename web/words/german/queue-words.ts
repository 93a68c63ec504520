import type { Translation } from '../catalogue.ts'
import type { queueWords as english } from '../english/queue-words.ts'
import { count } from './phrasing.ts'

/** Words for what waits in a session; part of `german.ts`. */
export const queueWords: Translation<typeof english> = {
  queue: {
    label: 'Wartende Nachrichten',
    heading: (messages) => count(messages, 'Nachricht wartet', 'Nachrichten warten'),
    goesOn: 'Jede wird gesendet, sobald die Antwort davor vollständig ist.',
    paused: {
      stopped: 'Pause: Die letzte Antwort wurde angehalten',
      failed: 'Pause: Die letzte Antwort ist gescheitert',
      interrupted: 'Pause: Die letzte Antwort wurde unterbrochen',
      person: 'Pause',
    },
    resume: 'Fortsetzen',
    clear: 'Leeren',
    next: 'kommt als Nächste',
    from: (holder) => `von ${holder}`,
    otherTab: 'einem anderen Tab',
    program: 'einem Programm',
    sendNow: 'Jetzt senden',
    sendNowHint: 'Die laufende Antwort beenden, ihren Text behalten, diese Nachricht senden',
    edit: 'Ändern',
    up: 'Nach oben',
    down: 'Nach unten',
    remove: 'Entfernen',
    actions: 'Was mit ihr geschehen kann',
    editLabel: 'Wartende Nachricht',
    save: 'Speichern',
    cancel: 'Abbrechen',
    dismiss: 'Ausblenden',
    notice: {
      started: 'Diese Nachricht ist schon gesendet. Was du geändert hast, steht unten im Feld.',
      left: 'Was du an der anderen Nachricht geändert hast, steht unten im Feld.',
      changed: 'Inzwischen wartet anderes. Schau noch einmal nach.',
      full: 'So viel Text kann hier nicht warten.',
      failed: 'Das ging nicht. Versuch es gleich noch einmal.',
    },
  },
}
