import type { StartTurn } from './turn-command.ts'
import type { TurnStore } from './turn-store.ts'

/** A start that knows what is asked, and which question it replaces. */
export interface AskedTurn extends StartTurn {
  readonly message: string
}

/** Undefined where the message that is to be replaced is not shown, and so has no question either. */
export async function readAskedTurn(store: TurnStore, command: StartTurn): Promise<AskedTurn | undefined> {
  const { sessionId, replaces, message } = command
  if (replaces === undefined) return message === null ? undefined : { ...command, message }
  const question = await store.readQuestion(sessionId, replaces)
  return question && { ...command, message: message ?? question.content, replaces: question.messageId }
}
