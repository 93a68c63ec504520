import type { Catalogue } from '../catalogue.ts'
import { commandWords } from './command-words.ts'
import { conversationWords } from './conversation-words.ts'
import { findingWords } from './finding-words.ts'
import { modelWords } from './model-words.ts'
import { count, number } from './phrasing.ts'
import { queueWords } from './queue-words.ts'
import { settingsWords } from './settings-words.ts'
import { turnWords } from './turn-words.ts'

/** Every word on the screen in German. It says “du”, and a session is called “Gespräch”. */
export const german: Catalogue = {
  language: 'de',
  appName: 'Conch',

  start: {
    heading: 'Wer die Muschel hält, hat das Wort.',
    lead: 'Frag etwas. Die Antwort kommt von einem Modell auf deinem eigenen Rechner, und sie bleibt dort.',
    placeholder: 'Frag, was du willst',
    creating: 'Gespräch wird eröffnet …',
    failed: 'Das Gespräch ließ sich nicht eröffnen. Dein Text ist noch da; versuch es gleich noch einmal.',
  },

  sessions: {
    heading: 'Gespräche',
    create: 'Neues Gespräch',
    untitled: 'Gespräch ohne Titel',
    open: 'Gespräche zeigen',
    close: 'Schließen',
    running: 'antwortet',
    actionsFor: (title) => `Was mit „${title}“ geschehen kann`,
    rename: 'Umbenennen',
    renameLabel: 'Titel des Gesprächs',
    renameFailed: 'Der Titel ließ sich nicht speichern. Versuch es gleich noch einmal.',
    delete: 'Löschen …',
    more: (hidden) => `${count(hidden, 'weiteres', 'weitere')} zeigen`,
    today: 'Heute',
    yesterday: 'Gestern',
    earlier: 'Früher',
    loading: 'Gespräche werden geladen',
    unavailable: 'Die Gespräche ließen sich nicht laden. Es wird weiter versucht …',
    empty: 'Hier ist noch nichts. Deine Gespräche werden an dieser Stelle stehen.',
  },

  deleteDialog: {
    title: 'Dieses Gespräch löschen?',
    body: (title) =>
      `„${title}“ und alles, was darin gesagt wurde, ist dann fort. Das lässt sich nicht rückgängig machen.`,
    bodyWhileRunning: 'Gerade wird darin eine Antwort geschrieben; auch die hört dann auf.',
    confirm: 'Gespräch löschen',
    deleting: 'Wird gelöscht …',
    cancel: 'Behalten',
    failed: 'Es ließ sich nicht löschen. Versuch es gleich noch einmal.',
  },

  settings: {
    open: 'Einstellungen',
    heading: 'Einstellungen',
    model: 'Modell',
    modelLead:
      'Conch antwortet mit einem Modell, das auf deinem Rechner läuft, oder mit einem, dessen Adresse du angibst.',
    appearance: 'Aussehen und Sprache',
    about: 'Über Conch',
    version: (version) => `Conch ${version}`,
    privacy:
      'Deine Gespräche bleiben auf diesem Rechner. Was du schreibst, geht an das Modell, das antwortet, und sonst nirgendwohin.',
  },

  ...modelWords,
  ...settingsWords,
  ...commandWords,

  duration: (seconds) => `${number(seconds, seconds < 10 ? 1 : 0)} s`,

  theme: { heading: 'Farben', system: 'Wie das System', light: 'Hell', dark: 'Dunkel' },

  chat: {
    transcriptLabel: 'Verlauf',
    loading: 'Gespräch wird geöffnet',
    unavailableTitle: 'Dieses Gespräch ließ sich nicht laden',
    unavailableBody: 'Der Server hat nicht geantwortet. Er wird weiter gefragt; verloren ist nichts.',
    missingTitle: 'Dieses Gespräch gibt es nicht mehr',
    missingBody: 'Es wurde gelöscht, vielleicht in einem anderen Tab.',
    missingAction: 'Ein neues beginnen',
    missingActionWithDraft: 'Deinen Text in ein neues mitnehmen',
    emptyTitle: 'Noch wurde nichts gesagt',
    emptyBody: 'Schreib unten, um anzufangen.',
    loadEarlier: 'Frühere Nachrichten laden',
    loadingEarlier: 'Werden geladen …',
    loadEarlierFailed: 'Ließen sich nicht laden. Noch einmal versuchen',
    jumpToLatest: 'Zum Neuesten',
    you: 'Du hast gesagt',
    answer: 'Antwort',
    copy: 'Kopieren',
    copied: 'Kopiert',
    copyMessage: 'Nachricht kopieren',
    copyFailed: 'Nicht kopiert',
    reconnecting: 'Verbindung wird wiederhergestellt … Du kannst weiterschreiben.',
    offline: 'Conch antwortet nicht. Du kannst weiterschreiben; die Verbindung kommt von selbst wieder.',
  },

  ...conversationWords,
  ...findingWords,

  code: { copy: 'Code kopieren', plain: 'Text' },

  image: {
    blocked: 'Ein Bild von anderswo. Es wird nicht von selbst geladen.',
    unnamed: 'Bild ohne Beschreibung',
    open: 'Bild in einem neuen Tab öffnen',
  },

  ...turnWords,
  ...queueWords,

  announce: {
    queued: (waiting) => `Eingereiht, ${count(waiting, 'wartet', 'warten')}`,
    answering: 'Antwortet',
    usedTool: (tool) => `${tool} wurde benutzt`,
    complete: (words) => `Antwort vollständig, ${count(words, 'Wort', 'Wörter')}`,
    stopped: 'Angehalten',
    failed: 'Die Antwort ist gescheitert',
    interrupted: 'Die Antwort wurde unterbrochen',
    reconnected: 'Wieder verbunden',
    reconnecting: 'Verbindung wird wiederhergestellt',
  },

  practice: {
    label: 'Über das Übungsmodell',
    title: 'Das ist das Übungsmodell.',
    body: 'Es ist eingebaut und weiß nichts, damit du hier alles ausprobieren kannst.',
    connect: 'Modell wählen',
    hide: 'Diesen Hinweis ausblenden',
    chip: 'Übungsmodell',
  },

  notConnected: {
    title: 'Dieser Browser ist noch nicht verbunden',
    body: 'Conch öffnet sich nur Browsern, die vom Rechner aus hereingelassen wurden, auf dem es läuft. Gib im Ordner von Conch ein:',
    command: 'npm start -- link',
    after: 'Öffne dann den Link, der dort erscheint, in diesem Browser. Er gilt ein einziges Mal.',
    copy: 'Befehl kopieren',
    retry: 'Noch einmal versuchen',
  },

  crash: {
    title: 'Diese Seite ist gestolpert',
    body: 'Verloren ist nichts: Das Gespräch liegt auf dem Server. Lade neu, um weiterzumachen.',
    reload: 'Neu laden',
  },

  partFailure: {
    title: 'Dieser Teil ließ sich nicht holen',
    body: 'Conch hat nicht geantwortet, oder es wurde erneuert, seit diese Seite offen ist. Was du geschrieben hast, bleibt.',
    retry: 'Noch einmal versuchen',
    reload: 'Seite neu laden',
  },
}
