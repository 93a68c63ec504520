import type { HeldTurn } from '../../client/turn-holder.ts'
import type { Translation } from '../catalogue.ts'
import type { turnWords as english } from '../english/turn-words.ts'
import { count, number } from './phrasing.ts'

/** Words for what happens in a turn: writing, answering, and who holds it; part of `german.ts`. */
export const turnWords: Translation<typeof english> = {
  message: {
    reasoning: 'Überlegung',
    reasoningNow: 'Denkt nach …',
    thoughtFor: (time) => `Hat ${time} nachgedacht`,
    thoughtBriefly: 'Hat kurz nachgedacht',
    waiting: 'Wartet auf das erste Wort',
    stopped: 'Angehalten. Was geschrieben war, bleibt.',
    nothingWritten: 'Vor dem ersten Wort angehalten.',
    completedEmpty: 'Das Modell hatte nichts zu sagen.',
    interrupted: {
      restart: 'Der Server wurde neu gestartet, ehe die Antwort vollständig war. Was geschrieben war, bleibt.',
      shutdown: 'Der Server wurde beendet, ehe die Antwort vollständig war. Was geschrieben war, bleibt.',
      truncated: 'Das Modell brach ab, ehe die Antwort vollständig war. Was geschrieben war, bleibt.',
    },
    failed: {
      backend_unreachable: 'Das Modell war nicht zu erreichen. Läuft sein Server?',
      backend_error: 'Der Server des Modells hat mit einem Fehler geantwortet.',
      protocol: 'Der Server des Modells hat in einer Form geantwortet, die nicht zu lesen war.',
      slot_wait_timeout: 'Das Warten auf das Modell hat zu lange gedauert. Sende es noch einmal, wenn weniger los ist.',
      first_byte_timeout: 'Das Modell hat nicht rechtzeitig angefangen zu antworten.',
      idle_timeout: 'Das Modell ist mitten in der Antwort verstummt.',
      turn_timeout: 'Die Antwort hat länger gedauert, als erlaubt ist.',
      limit: 'Die Antwort hat die Grenze ihrer Schritte oder ihrer Länge erreicht.',
      tool_protocol: 'Das Modell hat in einer Form um ein Werkzeug gebeten, die nicht zu lesen war.',
      storage: 'Die Antwort ließ sich nicht speichern. Ist die Festplatte voll?',
      internal: 'In Conch selbst ist etwas schiefgegangen.',
    },
    tokensPerSecond: (rate) => `${number(rate, rate < 10 ? 1 : 0)} Tokens/s`,
    context: (used, size) =>
      `Das Gespräch nimmt ${number(used)} der ${number(size)} Tokens ein, die das Modell behalten kann`,
    tokens: (tokens) => count(tokens, 'Token', 'Tokens'),
  },

  tool: {
    states: {
      requested: 'erbeten',
      started: 'läuft …',
      ok: 'fertig',
      error: 'gescheitert',
      unknown: 'Ausgang unbekannt',
    },
    arguments: 'Gefragt mit',
    result: 'Geantwortet',
    noResult: 'Keine Ausgabe',
    unknownNote:
      'Es wurde unterbrochen, während es lief: Niemand weiß, ob es etwas bewirkt hat. Von selbst läuft es nicht noch einmal.',
  },

  composer: {
    label: 'Nachricht',
    placeholder: 'Schreib eine Nachricht',
    placeholderBusy: 'Schreib die nächste Nachricht',
    placeholderQueue: 'Nächste Nachricht einreihen',
    send: 'Senden',
    sendHint: (keys) => withKeys('Senden', keys),
    queue: 'Einreihen',
    queueHint: (keys, stopKeys) =>
      `${withKeys('Senden, sobald diese Antwort vollständig ist', keys)} · ${withKeys('Anhalten und senden', stopKeys)}`,
    stop: 'Anhalten',
    stopHint: (keys) => withKeys('Antwort anhalten', keys),
    stopping: 'Hält an …',
    sending: 'Wird gesendet …',
    sent: 'Gesendet',
    waiting: 'Wartet auf die davor',
    dismiss: 'Ausblenden',
    refused: {
      line_full: 'Vor dem Modell ist die Schlange voll; versuch es gleich noch einmal. Dein Text ist noch da.',
      invalid: 'So lässt sich diese Nachricht nicht senden.',
      missing: 'Dieses Gespräch gibt es nicht mehr. Deinen Text kannst du hier noch kopieren.',
      unavailable: 'Conch kann gerade keine Nachricht annehmen. Dein Text ist noch da; versuch es gleich noch einmal.',
      unreachable:
        'Conch hat nicht geantwortet. Dein Text ist noch da; auch wenn du ihn noch einmal sendest, wird er nur einmal gesagt.',
      stale_view:
        'Hier wurde etwas gesagt, das dieser Tab noch nicht gezeigt hatte. Jetzt zeigt er es: Lies weiter, dann sende deinen Text.',
      queue_full: 'Mehr Nachrichten können hier nicht warten. Dein Text ist noch da; sende ihn, wenn wieder Platz ist.',
      said_before:
        'Was du vorher gesendet hast, war doch angekommen. Der Rest deines Textes ist noch da: Lies weiter, dann sende ihn.',
      image_failed:
        'Ein Bild kam nicht beim Server an. Dein Text und deine Bilder sind noch da; sende sie noch einmal.',
      branch_failed: 'Das Abzweigen ging nicht. Dein Text ist noch da.',
      stop_failed: 'Das Anhalten kam nicht beim Server an. Versuch es noch einmal.',
    },
  },

  holder: {
    cardLabel: 'Wer das Wort hat',
    who: describeHolder,
    own: 'Antwortet',
    phase: {
      waiting_for_slot: 'wartet auf das Modell',
      running: 'antwortet',
      awaiting_approval: 'wartet auf deine Erlaubnis',
      stopping: 'hält an und behält, was geschrieben ist',
    },
    ahead: (ahead) => (ahead === 0 ? 'als Nächstes dran' : `${number(ahead)} davor in der Schlange`),
    step: (step) => `Schritt ${step}`,
    using: 'benutzt',
    reading: (percent) => `Liest das Gespräch: ${percent} %`,
    readingLabel: 'Liest das Gespräch',
    hasRead: (percent) => `liest: ${percent} %`,
    since: (time) => `seit ${time}`,
    kept: 'Deine Nachricht steht noch unten im Feld. Nichts wurde gesendet.',
    stoppingModel: 'wartet, bis der Server des Modells loslässt',
    stoppingTool: (tool) => `wartet auf das Ende von ${tool}`,
    readyTitle: 'Jetzt du: Sende deine Nachricht',
    readyBody: 'Wer vor dir dran war, ist fertig.',
    queue: 'Meine Nachricht einreihen',
    queueHint: 'Sie wird von selbst gesendet, wenn jene Antwort vollständig ist',
    watch: 'Zusehen',
    watchHint: 'Die Antwort mitlesen; dein Text bleibt',
    stopAndSend: 'Anhalten und senden',
    stopAndSendHint: 'Jene Antwort beenden, ihren Text behalten, deine senden',
    branch: 'Abzweigen',
    branchHint: 'Deine in einer Kopie ohne die laufende Antwort senden',
    branching: 'Wird abgezweigt …',
    sendNow: 'Jetzt senden',
    stopProgramTitle: 'Diese Antwort anhalten?',
    stopProgramBody: (holder) =>
      `${holder}. Die Antwort endet, wo sie ist: Was geschrieben ist, bleibt, und wer sie wollte, erfährt, dass sie angehalten wurde.`,
    stopProgram: 'Anhalten',
    letFinish: 'Ausreden lassen',
    keys: 'Pfeiltasten oder Ziffern wählen · Esc schreibt weiter',
  },
}

/** Without the keys where a command has none. */
function withKeys(text: string, keys: string): string {
  return keys === '' ? text : `${text} (${keys})`
}

function describeHolder(turn: HeldTurn, ownLabel: string): string {
  if (turn.isOwn) return 'Deine letzte Nachricht wird noch beantwortet'
  const label = turn.label.trim()
  switch (turn.kind) {
    case 'browser':
      return label === '' || label === ownLabel ? 'Antwortet in einem anderen Tab' : `Antwortet in ${label}`
    case 'cli':
      return label === '' ? 'Das Wort hat die Kommandozeile' : `Das Wort hat die Kommandozeile (${label})`
    case 'schedule':
      return label === '' ? 'Das Wort hat ein Zeitplan' : `Das Wort hat der Zeitplan „${label}“`
    case 'mcp':
      return label === '' ? 'Das Wort hat ein MCP-Client' : `Das Wort hat der MCP-Client ${label}`
    case 'api':
      return label === '' ? 'Das Wort hat ein Programm' : `Das Wort hat das Programm ${label}`
  }
}
