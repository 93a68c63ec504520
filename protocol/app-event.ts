import { z } from 'zod'
import { sessionIdSchema } from './ids.ts'
import { queueSchema } from './queue.ts'
import { sessionSchema } from './session.ts'
import { activeTurnSchema, turnOutcomeSchema } from './turn.ts'

const activeSessionSchema = z.object({ session_id: sessionIdSchema, active_turn: activeTurnSchema })

/**
 * `GET /api/events`: one stream for the whole app. It opens with a `snapshot` and then tells what changed; it has no
 * cursor, because a new snapshot is cheap.
 */
export const appEventSchema = z.discriminatedUnion('type', [
  /** `queues`: those in which something waits. */
  z.object({ type: z.literal('snapshot'), active: z.array(activeSessionSchema), queues: z.array(queueSchema) }),
  z.object({ type: z.literal('session.changed'), session: sessionSchema }),
  z.object({ type: z.literal('session.deleted'), session_id: sessionIdSchema }),
  z.object({ type: z.literal('turn.changed'), session_id: sessionIdSchema, active_turn: activeTurnSchema }),
  /** Which model answers, or how the model servers stand: ask `GET /api/models`. */
  z.object({ type: z.literal('models.changed') }),
  /** The whole queue as it is now, also when it is empty. */
  z.object({ type: z.literal('queue.changed'), queue: queueSchema }),
  z.object({ type: z.literal('turn.ended'), session_id: sessionIdSchema, outcome: turnOutcomeSchema }),
])
export type AppEvent = z.infer<typeof appEventSchema>
