import type { Translation } from '../catalogue.ts'
import type { conversationWords as english } from '../english/conversation-words.ts'

/** Words for what is done with a conversation as a whole, and with what was said in it; part of `german.ts`. */
export const conversationWords: Translation<typeof english> = {
  history: {
    edit: 'Ändern',
    editLabel: 'Deine Nachricht ändern',
    editHint: 'Was danach kam, macht Platz. Die alte Fassung bleibt: Du kannst zu ihr zurückblättern.',
    editSend: 'Stattdessen senden',
    editCancel: 'Lassen, wie es war',
    askAgain: 'Neu schreiben',
    more: 'Mehr',
    branch: 'Von hier abzweigen',
    branchHint: 'Ein neues Gespräch mit einer Kopie bis hierher. Eine laufende Antwort bleibt draußen.',
    remove: 'Ab hier löschen …',
    removeTitle: 'Diese Nachricht und alles darunter löschen?',
    removeBody: 'Andere Fassungen, die an dieser Stelle stehen, gehen mit. Das lässt sich nicht rückgängig machen.',
    removeConfirm: 'Löschen',
    removeCancel: 'Behalten',
    version: (place, count) => `Fassung ${place} von ${count}`,
    previousVersion: 'Vorige Fassung',
    nextVersion: 'Nächste Fassung',
    working: 'Einen Moment …',
    busy: 'Gerade wird eine Antwort geschrieben. Nichts wurde geändert.',
    failed: 'Das ging nicht. Nichts wurde geändert; versuch es gleich noch einmal.',
    stopAndDo: 'Anhalten und weiter',
  },

  sessionFile: {
    import: 'Gespräch aus einer Datei holen',
    refused: 'Diese Datei ist kein Gespräch, das Conch als JSON gespeichert hat. Nichts kam hinzu.',
    failed: 'Die Datei ließ sich nicht senden. Versuch es gleich noch einmal.',
    exportMarkdown: 'Als Markdown speichern',
    exportJson: 'Als JSON speichern',
  },

  privacy: {
    mark: 'Privat',
    markIt: 'Als privat kennzeichnen',
    unmark: 'Nicht mehr privat',
    meaning: 'Keine Suche und keine Sammeldatei zeigt es. Wer an diesem Browser sitzt, kann es trotzdem öffnen.',
  },

  images: {
    attach: 'Bilder hinzufügen',
    choose: 'Bilder auswählen',
    trayLabel: 'Bilder für die nächste Nachricht',
    chosen: (name) => `Bild ${name}`,
    remove: (name) => `${name} weglassen`,
    sent: (place, count) => (count === 1 ? 'Bild dieser Nachricht' : `Bild ${place} von ${count} dieser Nachricht`),
    lost: (image) => `${image}: fehlt hier oder ließ sich nicht laden.`,
    notKept:
      'Dieser Browser hat keinen Platz, um diese Bilder aufzubewahren. Bitte vor dem Verlassen der Seite senden.',
    tooMany: (most) => `Eine Nachricht kann bis zu ${most} Bilder haben. Die übrigen wurden nicht hinzugefügt.`,
    withoutWords: 'Bilder ohne Worte',
    problems: {
      too_large: 'Größer als 5 MB',
      not_an_image: 'Kein PNG, JPEG, WebP oder GIF',
      failed: 'Nicht gesendet. Noch einmal versuchen',
    },
  },

  diagram: {
    title: 'Diagramm',
    showText: 'Text zeigen',
    showDrawing: 'Zeichnung zeigen',
    failed: 'Das ließ sich nicht zeichnen. Hier ist sein Text.',
  },

  find: {
    label: 'In diesem Gespräch suchen',
    placeholder: 'Suchen',
    previous: 'Voriger Treffer',
    next: 'Nächster Treffer',
    close: 'Suche schließen',
    none: 'Nicht gefunden',
    of: (place, count) => `${place} von ${count}`,
    reading: 'Es wird weitergelesen …',
  },
}
