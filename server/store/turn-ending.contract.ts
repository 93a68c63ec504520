import { describe, expect, test } from 'vitest'
import type { TurnOutcome } from '../../protocol/turn.ts'
import type { Fence } from '../turns/fence.ts'
import { COMPLETED, endOf, says, stepFinished, stepStarted } from '../turns/scripted-events.ts'
import type { StoredEntry } from '../turns/stored-entry.ts'
import type { TurnRecord } from '../turns/turn-store.ts'
import {
  claimed,
  claimOf,
  fenceOf,
  newTurnId,
  type OpenedStores,
  type OpenStores,
  runningTurn,
} from './store-scenario.ts'

const CANCELLED: TurnOutcome = { status: 'cancelled' }

/** What every `TurnStore` must do about the end of turns: by their owner, by a stop, by the next turn. */
export function testTurnEnding(open: OpenStores): void {
  describe('end', () => testEnd(open))
  describe('stop', () => testStop(open))
  describe('replace', () => testReplace(open))
  describe('live deltas', () => testLiveDeltas(open))
}

function testEnd(open: OpenStores): void {
  test('R14: the final entry, the message and the release come together', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    stores.clock.advance(5_000)
    const usage = { input_tokens: 3, output_tokens: 4, time_to_first_token_ms: 1, tokens_per_second: 2 }
    const steps = [{ step: 1, text: 'because', reasoning: 'hm', tool_calls: [] }]
    const end = { ...endOf(COMPLETED, 'because', [stepFinished('because')]), usage, steps }
    expect(await stores.turns.endTurn(fenceOf(turn), () => end)).toMatchObject({ status: 'ended' })
    const endedAt = stores.clock.nowMs()
    expect(await stores.turns.readTurn(turn.turnId)).toEqual({ ...turn, endedAt, outcome: COMPLETED })
    expect((await stores.history(turn.sessionId))[1]).toEqual({
      message_id: turn.assistantMessageId,
      turn_id: turn.turnId,
      role: 'assistant',
      content: 'because',
      steps,
      outcome: COMPLETED,
      usage,
      created_at: new Date(endedAt).toISOString(),
    })
    expect(typesOf(await stores.log(turn.sessionId)).slice(-2)).toEqual(['step.finished', 'turn.ended'])
    expect(await claimed(stores, claimOf(turn.sessionId))).toMatchObject({ epoch: 2 })
  })

  test('R14: of two ends at once the first counts and the second writes nothing', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const [first, second] = await Promise.all([
      stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED, 'first')),
      stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED, 'second')),
    ])
    expect([first, second]).toEqual([{ status: 'ended', next: null }, { status: 'stale' }])
    expect(JSON.stringify(await stores.tables())).not.toContain('second')
  })

  test('D3: the end is asked for when its commit begins', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    let end = endOf(COMPLETED, 'early')
    const ended = stores.turns.endTurn(fenceOf(turn), () => end)
    end = endOf(COMPLETED, 'late')
    await ended
    expect((await stores.history(turn.sessionId))[1]?.content).toBe('late')
  })
}

function testStop(open: OpenStores): void {
  test('I11: after a recorded stop a turn can only end cancelled', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    expect(await stores.turns.recordStop(turn)).toEqual({ status: 'recorded' })
    expect(await stores.turns.readTurn(turn.turnId)).toMatchObject({ stopRequested: true, outcome: null })
    const last = (await stores.log(turn.sessionId)).at(-1)
    expect(last).toMatchObject({ type: 'turn.phase_changed', data: '{"phase":"stopping"}', turnId: turn.turnId })
    const before = await stores.tables()
    const refused = await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED, 'too late'))
    expect(refused).toEqual({ status: 'stop_requested' })
    expect(await stores.tables()).toEqual(before)
    expect(await stores.turns.endTurn(fenceOf(turn), () => endOf(CANCELLED))).toMatchObject({ status: 'ended' })
    expect(await stores.turns.readTurn(turn.turnId)).toMatchObject({ outcome: CANCELLED })
  })

  test('F15: a stop that comes after the end changes nothing and says so', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))
    const before = await stores.tables()
    expect(await stores.turns.recordStop(turn)).toEqual({ status: 'not_active' })
    expect(await stores.tables()).toEqual(before)
  })

  test('F15: in one commit, whichever of stop and end was first decides', async () => {
    await using stores = await open()
    const [stoppedFirst, endedFirst] = [await runningTurn(stores), await runningTurn(stores)]
    const end = (turn: TurnRecord) => stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))
    const results = await Promise.all([
      stores.turns.recordStop(stoppedFirst),
      end(stoppedFirst),
      end(endedFirst),
      stores.turns.recordStop(endedFirst),
    ])
    expect(results.map((result) => result.status)).toEqual(['recorded', 'stop_requested', 'ended', 'not_active'])
  })

  test('a stop names its turn: the next turn of the session is not hit', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    await stores.turns.endTurn(fenceOf(turn), () => endOf(COMPLETED))
    const next = await claimed(stores, claimOf(turn.sessionId))
    expect(await stores.turns.recordStop(turn)).toEqual({ status: 'not_active' })
    expect(await stores.turns.readTurn(next.turnId)).toMatchObject({ stopRequested: false })
  })
}

function testReplace(open: OpenStores): void {
  test('D4: ends one turn and starts the next in one piece of the log', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const claim = claimOf(turn.sessionId, { message: 'no, this' })
    const end = () => endOf(CANCELLED, 'so f', [stepFinished('so f')])
    const replaced = await stores.turns.replaceTurn(fenceOf(turn), end, claim)
    const next = { turnId: claim.turnId, epoch: 2, firstSeq: 6 }
    expect(replaced).toMatchObject({ status: 'started', started: { turn: next, message: 'no, this' } })
    const entries = (await stores.log(turn.sessionId)).map(({ seq, epoch, type }) => `${seq} e${epoch} ${type}`)
    expect(entries.slice(-3)).toEqual(['4 e1 step.finished', '5 e1 turn.ended', '6 e2 turn.started'])
    expect(await stores.turns.readTurn(turn.turnId)).toMatchObject({ outcome: CANCELLED })
    expect(await stores.turns.append(fenceOf(turn), () => [says('stray')])).toEqual({ status: 'stale' })
  })

  test('D4: where the next turn cannot start the first does not end', async () => {
    await using stores = await open()
    const [turn, other] = [await runningTurn(stores), await runningTurn(stores)]
    const before = await stores.tables()
    const claim = claimOf(turn.sessionId, { turnId: other.turnId }) // taken: the database refuses the row
    await expect(stores.turns.replaceTurn(fenceOf(turn), () => endOf(CANCELLED), claim)).rejects.toThrow()
    expect(await stores.tables()).toEqual(before)
    expect(await stores.turns.append(fenceOf(turn), () => [says('on')])).toEqual({ status: 'appended' })
  })

  test('I1: of 50 interrupts at once one takes the session over', async () => {
    await using stores = await open()
    const turn = await runningTurn(stores)
    const claims = Array.from({ length: 50 }, () => claimOf(turn.sessionId))
    const interrupts = claims.map((claim) => stores.turns.replaceTurn(fenceOf(turn), () => endOf(CANCELLED), claim))
    const statuses = (await Promise.all(interrupts)).map((result) => result.status)
    expect(statuses).toEqual(['started', ...Array.from({ length: 49 }, () => 'stale')])
  })
}

function testLiveDeltas(open: OpenStores): void {
  test('D7: the deltas of unfinished steps stay while other sessions finish theirs', async () => {
    await using stores = await open()
    const speakers = await startSpeakers(stores)
    for (let round = 0; round < 40; round += 1) await speakInTurns(stores, speakers, round)
    await expectNothingLost(stores, speakers)
  })

  test('D7: they stay after a restart and through what is written then', async () => {
    await using stores = await open()
    const speakers = await startSpeakers(stores)
    for (let round = 0; round < 45; round += 1) {
      if (round % 15 === 0) await stores.reopen()
      await speakInTurns(stores, speakers, round)
    }
    await expectNothingLost(stores, speakers)
  })

  test('D7: they stay where writes that fail are rolled back in between', async () => {
    await using stores = await open()
    const speakers = await startSpeakers(stores)
    const [taken] = speakers
    for (let round = 0; round < 40; round += 1) {
      const claim = claimOf(await stores.addSession(), { turnId: taken?.fence.turnId ?? newTurnId() })
      const [failed] = await Promise.allSettled([stores.turns.claimTurn(claim), speakInTurns(stores, speakers, round)])
      expect(failed.status).toBe('rejected')
    }
    await expectNothingLost(stores, speakers)
  })
}

/** Writes thirty words a round and finishes its step every `roundsPerStep` rounds. */
interface Speaker {
  readonly fence: Fence
  readonly roundsPerStep: number
  step: number
  unfinished: string[]
}

async function startSpeakers(stores: OpenedStores): Promise<Speaker[]> {
  const speakers: Speaker[] = []
  for (let n = 0; n < 8; n += 1) {
    const fence = fenceOf(await runningTurn(stores))
    speakers.push({ fence, roundsPerStep: 1 + 2 * n, step: 1, unfinished: ['so f'] })
  }
  return speakers
}

async function speakInTurns(stores: OpenedStores, speakers: readonly Speaker[], round: number): Promise<void> {
  const writes = speakers.map(async (speaker) => {
    if (round % speaker.roundsPerStep === speaker.roundsPerStep - 1) {
      const next = [stepFinished(speaker.unfinished.join(''), speaker.step), stepStarted(speaker.step + 1)]
      await stores.turns.append(speaker.fence, () => next)
      speaker.step += 1
      speaker.unfinished = []
    }
    const words = Array.from({ length: 30 }, (_, n) => `${round}.${n} `)
    speaker.unfinished.push(...words)
    await stores.turns.append(speaker.fence, () => words.map((word) => says(word, speaker.step)))
  })
  await Promise.all(writes)
}

async function expectNothingLost(stores: OpenedStores, speakers: readonly Speaker[]): Promise<void> {
  for (const { fence, step, unfinished } of speakers) {
    const entries = await stores.turns.readTurnEntries(fence)
    const deltas = entries.filter((entry) => entry.type === 'text.delta').map((entry) => JSON.parse(entry.data))
    expect(deltas.filter((delta) => delta.step === step).map((delta) => delta.text)).toEqual(unfinished)
    expect(entries.map((entry) => entry.seq)).toEqual(entries.map((entry) => entry.seq).sort((a, b) => a - b))
  }
}

function typesOf(entries: readonly StoredEntry[]): string[] {
  return entries.map((entry) => entry.type)
}
