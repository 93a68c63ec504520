import { z } from 'zod'

/**
 * The identifiers that cross the wire. Each is branded, so that a turn's id cannot be passed where a session's is meant.
 * Sessions are UUIDs and messages are growing integers because clients of the compatible API expect them to be.
 */
export const sessionIdSchema = z.string().min(1).max(64).brand('SessionId')
export type SessionId = z.infer<typeof sessionIdSchema>

export const turnIdSchema = z.string().min(1).max(64).brand('TurnId')
export type TurnId = z.infer<typeof turnIdSchema>

/** Grows over all sessions; below 2^53, so that it stays exact as a JSON number (R20). */
export const messageIdSchema = z.int().positive().brand('MessageId')
export type MessageId = z.infer<typeof messageIdSchema>

/** Place of an entry in its session's log: 1, 2, 3 … without gaps as written (I2). */
export const seqSchema = z.int().nonnegative().brand('Seq')
export type Seq = z.infer<typeof seqSchema>

/** Fencing token: grows at each change of a session's ownership and is issued by the database alone (D4). */
export const epochSchema = z.int().nonnegative().brand('Epoch')
export type Epoch = z.infer<typeof epochSchema>

export const toolCallIdSchema = z.string().min(1).max(128).brand('ToolCallId')
export type ToolCallId = z.infer<typeof toolCallIdSchema>

/** The seq before a session's first entry: a follower that starts here sees all of the log. */
export const START_OF_LOG = 0 as Seq
