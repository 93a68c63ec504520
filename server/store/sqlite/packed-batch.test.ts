import { expect, test } from 'vitest'
import type { Epoch, Seq, SessionId, TurnId } from '../../../protocol/ids.ts'
import { packBatch, packReply, unpackBatch, unpackReply } from './packed-batch.ts'
import type { BatchReply, WriteBatch } from './write-op.ts'

const fence = { sessionId: 'a-session' as SessionId, turnId: 'a-turn' as TurnId, epoch: 3 as Epoch }
const delta = { type: 'text.delta', data: '{"step":1,"text":"word"}' } as const

test('I2, I8: a batch arrives as it was sent, in the order of its ops', () => {
  const batch: WriteBatch = {
    at: 1_795_000_000_000,
    ops: [
      { kind: 'append', fence, events: [delta, { type: 'step.started', data: '{}' }] },
      { kind: 'record_stop', turn: fence },
      { kind: 'append', fence: { ...fence, epoch: 4 as Epoch }, events: [] },
      { kind: 'append', fence, events: [delta] },
      { kind: 'delete_session', id: fence.sessionId },
    ],
  }
  expect(unpackBatch(structuredClone(packBatch(batch)))).toEqual(batch)
})

test('R3: an answer arrives as it was given, in the order of the ops', () => {
  const reply: BatchReply = [
    { ok: true, result: { kind: 'written', firstSeq: 7 as Seq, epoch: 3 as Epoch } },
    { ok: false, failure: { message: 'disk full', errcode: 13 } },
    { ok: true, result: { kind: 'not_written', status: 'stale' } },
    { ok: true, result: { kind: 'written', firstSeq: 1 as Seq, epoch: 1 as Epoch } },
  ]
  expect(unpackReply(structuredClone(packReply(reply)))).toEqual(reply)
})
