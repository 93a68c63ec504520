import { CANARY, type LogEntry } from '../../evidence/history.ts'
import { acceptedAs, type CaseFile, fieldsOf } from '../case-file.ts'
import { tellEntry, tellEvent } from '../story.ts'
import type { Violation } from '../violation.ts'

/** I17: the word that one session hides is in no other, but in the branches that were made of it. */
export function checkCanaries(file: CaseFile): Violation[] {
  const canaries = new Canaries(file)
  const inLogs = file.evidence.stored.sessions.flatMap(({ id, log }) =>
    log.flatMap((entry) => canaries.leaks(entry.data, id, () => [tellEntry(entry)])),
  )
  const onScreens = file.streams.flatMap(({ connect, shown }) =>
    shown.flatMap(({ entry, event }) =>
      canaries.leaks(entry.data, connect.sessionId, () => [tellEvent(connect), tellEvent(event)]),
    ),
  )
  const inPrompts = file.evidence.modelReplies.flatMap(({ prompt, message }) =>
    canaries.leaks(prompt, canaries.homeOf(message), () => [`a prompt: ${prompt.slice(0, 200)}`]),
  )
  return [...inLogs, ...onScreens, ...inPrompts]
}

/** Which word belongs to which session, and which session came of which. */
class Canaries {
  readonly #homes = new Map<string, string>()
  readonly #parents = new Map<string, string>()

  constructor(file: CaseFile) {
    for (const { call } of file.callsOf('send')) {
      for (const word of wordsIn(call.message)) this.#homes.set(word, call.sessionId)
    }
    for (const branch of file.callsOf('branch')) {
      const child = acceptedAs(branch, 'branch')?.sessionId
      if (child) this.#parents.set(child, branch.call.sessionId)
    }
    // A branch whose maker had no answer says itself where it comes from.
    for (const { id, log } of file.evidence.stored.sessions) this.#noteOrigin(id, log)
    for (const { connect, shown } of file.streams) {
      this.#noteOrigin(
        connect.sessionId,
        shown.map(({ entry }) => entry),
      )
    }
  }

  #noteOrigin(sessionId: string, entries: readonly LogEntry[]): void {
    const from = entries.find(({ type }) => type === 'messages.copied')
    if (from && !this.#parents.has(sessionId)) this.#parents.set(sessionId, String(fieldsOf(from).from_session_id))
  }

  homeOf(message: string): string | undefined {
    return this.#homes.get(wordsIn(message)[0] ?? '')
  }

  /** The words in `text` that have no business in this session. Without a session nothing can be said. */
  leaks(text: string, sessionId: string | undefined, story: () => string[]): Violation[] {
    if (sessionId === undefined) return []
    const word = wordsIn(text).find((one) => !this.#mayBeIn(one, sessionId))
    return word ? [{ rule: 'I17', says: `${word} shows up in another session`, story: story() }] : []
  }

  #mayBeIn(word: string, sessionId: string | undefined): boolean {
    if (sessionId === undefined) return false
    return this.#homes.get(word) === sessionId || this.#mayBeIn(word, this.#parents.get(sessionId))
  }
}

function wordsIn(text: string): string[] {
  return text.match(CANARY) ?? []
}
