import { z } from 'zod'
import { messageIdSchema, turnIdSchema } from '../../protocol/ids.ts'
import type { MessageImage } from '../../protocol/image.ts'
import type { Queue } from '../../protocol/queue.ts'
import type { Send } from './send-line.ts'
import type { SessionFeedState } from './session-feed.ts'
import type { MessageView } from './session-view.ts'

/** What this tab is told of a session by the server's streams, whatever became of its own requests. */
export interface Told {
  readonly session: () => SessionFeedState
  readonly queue: () => Queue | undefined
}

/** What had been said and what waited at some moment. */
export const arrivalMarkSchema = z.object({
  lastQuestion: messageIdSchema.nullable(),
  waiting: z.array(turnIdSchema).readonly(),
})
export type ArrivalMark = z.infer<typeof arrivalMarkSchema>

/** Null where nothing of the session is shown yet: nobody can tell later what is new. */
export function markArrivals(told: Told): ArrivalMark | null {
  const session = told.session()
  if (session.status !== 'ready') return null
  const lastQuestion = questionsOf(session).at(-1)?.messageId ?? null
  return { lastQuestion, waiting: waitingIn(told).map((waiting) => waiting.turn_id) }
}

/** Whether `sent` has been said since, or waits since. */
export function hasArrived(told: Told, sent: Send, since: ArrivalMark): boolean {
  const isNew = ({ messageId }: MessageView) => messageId > (since.lastQuestion ?? 0)
  const isSame = (words: string, images: readonly MessageImage[] = []) =>
    words === sent.message && images.map(({ image_id }) => image_id).join() === sent.images.join()
  const questions = questionsOf(told.session()).filter(isNew)
  if (questions.some(({ content, images }) => isSame(content, images))) return true
  const own = waitingIn(told).filter(({ holder }) => holder.same_client)
  return own.some(({ message, images, turn_id }) => isSame(message, images) && !since.waiting.includes(turn_id))
}

function waitingIn(told: Told): Queue['messages'] {
  return told.queue()?.messages ?? []
}

/** In the order of their ids. */
function questionsOf(session: SessionFeedState): readonly MessageView[] {
  if (session.status !== 'ready') return []
  const { settled, live } = session.view
  const questions = settled.filter(({ role }) => role === 'user')
  return live === null ? questions : [...questions, live.user]
}
