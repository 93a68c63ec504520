import type { Translation } from '../catalogue.ts'
import type { modelWords as english } from '../english/model-words.ts'
import { adviseOn } from './model-advice.ts'
import { count, number } from './phrasing.ts'

/** Words for model servers and their models; part of `german.ts`. */
export const modelWords: Translation<typeof english> = {
  firstRun: {
    heading: 'Hier läuft noch kein Modell',
    lead: 'Conch braucht ein Programm, das ein Modell laufen lässt. Starte eines von diesen, und die Seite macht von selbst weiter.',
    practice: 'Mit dem Übungsmodell umsehen',
    waiting: 'Conch sucht weiter. Nichts muss neu gestartet werden.',
  },

  models: {
    loading: 'Es wird gefragt, welche Modelle es gibt …',
    states: {
      found: 'Bereit',
      busy: 'Beschäftigt',
      loading: 'Lädt ein Modell',
      needs_key: 'Braucht einen Schlüssel',
      no_model: 'Hat kein Modell',
      timed_out: 'Antwortet nicht',
      unrecognised: 'Etwas anderes',
      refused: 'Läuft nicht',
    },
    chosenBy: {
      command_line: '· beim Start von Conch festgelegt; starte es ohne --model und --model-url, um hier zu wählen',
      person: '· hier gewählt',
      conch: '· von Conch gefunden',
      nobody: '· weil kein anderes gefunden wurde',
    },
    practiceIs: 'Eingebaut, weiß nichts',
    firstModel: 'Das erste Modell des Servers',
    contextSize: (tokens) => `Behält etwa ${count(tokens, 'Token', 'Tokens')} auf einmal im Gedächtnis.`,
    tools: { yes: 'Kann Werkzeuge benutzen.', no: 'Kann keine Werkzeuge benutzen.' },
    contextUnknown: 'Sein Server sagt nicht, wie viel es auf einmal im Gedächtnis behält.',
    continues: {
      yes: 'Macht nach einem Absturz da weiter, wo es aufgehört hat.',
      no: 'Fängt seine Antwort nach einem Absturz neu an.',
      unknown: 'Noch nicht bekannt: ob es nach einem Absturz da weitermachen kann, wo es aufgehört hat.',
    },
    progress: {
      yes: 'Sagt vor der Antwort, wie viel es schon gelesen hat.',
      no: 'Sagt vor der Antwort nicht, wie viel es schon gelesen hat.',
      unknown: 'Noch nicht bekannt: ob es vor der Antwort sagt, wie viel es schon gelesen hat.',
    },
    tryOut: 'Ausprobieren',
    trying: 'Wird ausprobiert …',
    tryOutHint: 'Das Modell schreibt dafür ein paar Wörter, die niemand sieht.',
    lookAgain: 'Noch einmal suchen',
    looking: 'Wird gesucht …',
    automatic: 'Conch wählen lassen',
    usePractice: 'Das Übungsmodell benutzen',
    thereLabel: 'Modellserver, die gefunden wurden',
    absentLabel: 'Modellserver, die nicht laufen',
    noneThere: (kinds) => `Conch kennt ${count(kinds, 'Art', 'Arten')} von Modellservern und hat nach jeder gesucht`,
    absent: (kinds) => count(kinds, 'weiterer, nach dem gesucht wurde', 'weitere, nach denen gesucht wurde'),
    modelsOf: (server) => `Modelle von ${server}`,
    use: 'Benutzen',
    takeModel: (model) => `${model} benutzen`,
    answersNow: 'Antwortet jetzt',
    inMemory: 'im Speicher',
    remote: 'läuft anderswo: Was du schreibst, verlässt diesen Rechner',
    size: (gigabytes) => `${number(gigabytes, 1)} GB`,
    more: (models) => `${count(models, 'weiteres', 'weitere')} zeigen`,
    copyCommand: 'Befehl kopieren',
    address: 'Andere Adresse',
    addressHint: 'Jeder Server, der die API von OpenAI spricht: auf diesem Rechner, in deinem Netz oder anderswo.',
    useAddress: 'Diese Adresse benutzen',
    key: 'API-Schlüssel',
    keyHint: (host) => `Bleibt verschlüsselt auf diesem Rechner und geht nur an ${host}.`,
    keyKept: 'Ein Schlüssel liegt vor',
    keepKey: 'Schlüssel behalten',
    forgetKey: 'Vergessen',
    notSaved: 'Es ließ sich nicht speichern. Versuch es gleich noch einmal.',
    advice: adviseOn,
    wrongField: (message) => ADDRESS_PROBLEMS[message] ?? `So geht das nicht: ${message}.`,
    lineLabel: 'Über das Modell',
    lineAction: 'Modelle',
    line: {
      found: (model) => `${model} ist bereit.`,
      busy: (model) => `${model} antwortet gerade jemand anderem. Deine Nachricht wartet dort, bis sie dran ist.`,
      loading: (model) => `${model} wird geladen. Danach werden Nachrichten beantwortet.`,
      needs_key: () => 'Der Server des Modells will einen API-Schlüssel.',
      no_model: () => 'Der Server des Modells hat kein Modell, mit dem man reden kann.',
      timed_out: () => 'Der Server des Modells antwortet nicht mehr.',
      unrecognised: () => 'Was an der Adresse des Modells antwortet, ist nicht zu verstehen.',
      refused: () => 'Der Server des Modells läuft nicht. Solange scheitern Nachrichten.',
    },
  },
}

/** What the server says is wrong with the address of a model server. */
const ADDRESS_PROBLEMS: Readonly<Record<string, string>> = {
  'must begin with http:// or https://': 'Die Adresse muss mit http:// oder https:// anfangen.',
  'must not contain a name or a password: a key is entered on its own':
    'Die Adresse darf weder Namen noch Passwort enthalten: Ein Schlüssel wird für sich eingegeben.',
  'must end with its path, such as /v1': 'Die Adresse muss mit ihrem Pfad enden, etwa mit /v1.',
  'is an address that no model server has': 'Diese Adresse hat kein Modellserver.',
}
