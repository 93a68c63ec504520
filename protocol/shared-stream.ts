import { z } from 'zod'
import { START_OF_LOG, seqSchema, sessionIdSchema } from './ids.ts'

/*
 * One connection that carries what several readers follow. Each of them has a channel with a name of the client's choice:
 *
 *   event: stream                    the first frame: the stream's id, by which channels are added and taken away
 *   event: channel.<name>            an entry, or an event of the app, as the stream of its own has it in `data:`
 *   event: notice.<name>             a notice, as the stream of its own has it
 *   event: end.<name>                the channel is no more: what it followed has ended, or cannot be read
 *
 * No frame has an `id:`, because no one cursor is the place of all channels: whoever comes back names one for each.
 */

/** Data of the first frame. Whoever knows the id and has opened the stream may change its channels. */
export const openedStreamSchema = z.object({ stream: z.string() })

/** What a channel follows: a session's log after a cursor, or the whole app. */
export const channelBodySchema = z.discriminatedUnion('follows', [
  z.object({ follows: z.literal('session'), session_id: sessionIdSchema, after: seqSchema.default(START_OF_LOG) }),
  z.object({ follows: z.literal('app') }),
])
export type ChannelBody = z.infer<typeof channelBodySchema>

/** A name of the client's choice, which stands in `event:`. */
export const channelNameSchema = z.string().regex(/^[\w-]{1,64}$/, 'must be 1 to 64 letters, digits, _ or -')

/** Data of `end.<name>`. `failed`: it could not be read; add the channel again with its cursor. */
export const channelEndSchema = z.object({ reason: z.enum(['over', 'failed']) })
export type ChannelEnd = z.infer<typeof channelEndSchema>
