import type { TurnPhase } from '../../protocol/turn.ts'
import type { MessageView, SessionView } from '../client/session-view.ts'

/** One line of the list that the conversation is drawn as. */
export interface TranscriptRow {
  /**
   * The same for a message that settles, and for the alternatives at one place: what has the focus in it keeps it when
   * another one is shown.
   */
  readonly key: string
  readonly message: MessageView
  /** What its turn is doing; null for a settled message. */
  readonly phase: TurnPhase | null
  readonly question: MessageView | null
}

/** Remembers its last rows, so that a settled message is the same row each time. */
export function createRowsOf(): (view: SessionView) => readonly TranscriptRow[] {
  let settledRows: readonly TranscriptRow[] = []
  let settled: readonly MessageView[] = []
  return (view) => {
    if (view.settled !== settled) {
      settled = view.settled
      settledRows = rowsOfSettled(settled)
    }
    if (view.live === null) return settledRows
    const { user, assistant, phase } = view.live
    return [...settledRows, rowOf(user, null, phase), rowOf(assistant, user, phase)]
  }
}

function rowsOfSettled(settled: readonly MessageView[]): readonly TranscriptRow[] {
  return settled.map((message, index) => {
    const before = settled[index - 1]
    const isAnswered = message.role === 'assistant' && before?.role === 'user' && before.turnId === message.turnId
    return rowOf(message, isAnswered ? before : null, null)
  })
}

function rowOf(message: MessageView, question: MessageView | null, phase: TurnPhase | null): TranscriptRow {
  if (message.role === 'user') return { key: `question ${placeOf(message)}`, message, phase, question: null }
  const key = question === null ? `answer ${message.messageId}` : `answer to ${placeOf(question)}`
  return { key, message, phase, question }
}

function placeOf(question: MessageView): number {
  return question.alternatives[0] ?? question.messageId
}
