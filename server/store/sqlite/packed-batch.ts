import type { SessionEventType } from '../../../protocol/entry.ts'
import type { Epoch, Seq, SessionId, TurnId } from '../../../protocol/ids.ts'
import type { BatchReply, EncodedEvent, WriteBatch, WriteOp } from './write-op.ts'

/**
 * Batches and their answers on their way between the threads. A clone spells out every property name of every object, so
 * what comes once per token, an append and its answer, travels as bare texts and numbers in one flat array. Everything else
 * stays the object that it is.
 */
export type PackedBatch = readonly (WriteOp | string | number)[]
export type PackedReply = readonly (BatchReply[number] | number)[]

export function packBatch({ at, ops }: WriteBatch): PackedBatch {
  const packed: (WriteOp | string | number)[] = [at]
  for (const op of ops) {
    if (op.kind !== 'append') {
      packed.push(op)
      continue
    }
    const { sessionId, turnId, epoch } = op.fence
    packed.push(sessionId, turnId, epoch, op.events.length)
    for (const { type, data } of op.events) packed.push(type, data)
  }
  return packed
}

export function unpackBatch(packed: PackedBatch): WriteBatch {
  const items = packed.values()
  const next = <Item>(): Item => items.next().value as Item // `packBatch` has put them in this order
  const at = next<number>()
  const ops: WriteOp[] = []
  for (const first of items) {
    if (typeof first === 'object') {
      ops.push(first)
      continue
    }
    const fence = { sessionId: first as SessionId, turnId: next<TurnId>(), epoch: next<Epoch>() }
    const events: EncodedEvent[] = []
    for (let left = next<number>(); left > 0; left -= 1) {
      events.push({ type: next<SessionEventType>(), data: next<string>() })
    }
    ops.push({ kind: 'append', fence, events })
  }
  return { at, ops }
}

export function packReply(reply: BatchReply): PackedReply {
  const packed: (BatchReply[number] | number)[] = []
  for (const one of reply) {
    if (one.ok && one.result.kind === 'written') packed.push(one.result.firstSeq, one.result.epoch)
    else packed.push(one)
  }
  return packed
}

export function unpackReply(packed: PackedReply): BatchReply {
  const items = packed.values()
  const reply: BatchReply[number][] = []
  for (const first of items) {
    if (typeof first === 'object') reply.push(first)
    else {
      const epoch = items.next().value as Epoch
      reply.push({ ok: true, result: { kind: 'written', firstSeq: first as Seq, epoch } })
    }
  }
  return reply
}
