import assert from 'node:assert/strict'
import { type Entry, isProvisional } from '../../protocol/entry.ts'
import type { TurnId } from '../../protocol/ids.ts'
import type { Message } from '../../protocol/message.ts'
import type { TurnOutcome } from '../../protocol/turn.ts'
import { parseEntry, type StoredEntry } from './stored-entry.ts'
import { TurnFold } from './turn-fold.ts'

/** For tests: what must hold of any session's log, and of what its readers were shown. Each throws where it does not. */

/**
 * I2: what was shown is a piece of the log without a hole, to the byte, but for deltas whose step's whole text was shown
 * after them. `full` is the log with every delta, as committed.
 */
export function assertFaithful(shown: readonly StoredEntry[], cursor: number, full: readonly StoredEntry[]): void {
  let last = cursor
  for (const entry of shown) {
    assert.ok(entry.seq > last, `seq ${entry.seq} was shown after ${last}`)
    assert.deepEqual(entry, full[entry.seq - 1], `what was shown as seq ${entry.seq} is not what is stored`)
    last = entry.seq
  }
  assertReplaced(leftOut(shown, cursor, full), shown)
}

/** I2, D6: whoever was shown a turn from its start to its end has come to the very text that is stored of it. */
export function assertTexts(shown: readonly StoredEntry[]): void {
  for (const [index, end] of shown.entries()) {
    const start = shown.findIndex((entry) => entry.type === 'turn.started' && entry.turnId === end.turnId)
    if (end.type !== 'turn.ended' || start < 0) continue
    const text = textOf(shown.slice(start, index))
    assert.equal(text, JSON.parse(end.data).content, `a reader of turn ${end.turnId} has another text than is stored`)
  }
}

/** The text of the session's last turn, as a reader has it who was shown these entries. */
export function textOf(shown: readonly StoredEntry[]): string {
  const start = shown.findLastIndex((entry) => entry.type === 'turn.started')
  return textOfTurn(shown.slice(Math.max(0, start)).map(parseEntry))
}

/**
 * The text of a turn by its entries. What a `turn.resumed` names as void is dropped by its seq and nothing else is, which
 * says in other words than the fold what D6 promises.
 */
export function textOfTurn(entries: readonly Entry[]): string {
  const steps = new Map<number, string>()
  for (const entry of entries.filter((one) => !entries.some((other) => isVoidBy(one, other)))) {
    if (entry.type === 'step.started') steps.set(entry.data.step, '')
    if (entry.type === 'text.delta') steps.set(entry.data.step, (steps.get(entry.data.step) ?? '') + entry.data.text)
    if (entry.type === 'step.finished') steps.set(entry.data.step, entry.data.text)
  }
  return [...steps.values()].filter((text) => text !== '').join('\n\n')
}

function isVoidBy(entry: Entry, resumed: Entry): boolean {
  if (resumed.type !== 'turn.resumed' || resumed.data.void_after === null) return false
  return entry.turn_id === resumed.turn_id && entry.seq > resumed.data.void_after && entry.seq < resumed.seq
}

/** I2, for a reader who has just been shown the last of `shown`: what was left out had been replaced by then. */
export function assertUpToDate(shown: readonly StoredEntry[], cursor: number, committed: readonly StoredEntry[]): void {
  assertReplaced(leftOut(shown, cursor, committed), committed)
}

function leftOut(shown: readonly StoredEntry[], cursor: number, full: readonly StoredEntry[]): StoredEntry[] {
  const seqs = new Set<number>(shown.map((entry) => entry.seq))
  return full.slice(cursor, shown.at(-1)?.seq ?? cursor).filter((entry) => !seqs.has(entry.seq))
}

/** Each of `entries` is a delta, and the whole text of its step stands after it in `among`, or the news that it is void. */
function assertReplaced(entries: readonly StoredEntry[], among: readonly StoredEntry[]): void {
  const finished = among.filter((entry) => entry.type === 'step.finished')
  const finishes = new Map(finished.map((entry) => [stepKey(entry), entry.seq]))
  const resumes = among.filter((entry) => entry.type === 'turn.resumed').map(parseEntry)
  for (const entry of entries) {
    const finish = isProvisional(entry.type) ? finishes.get(stepKey(entry)) : undefined
    const isReplaced = finish !== undefined && finish > entry.seq
    const isVoid = isProvisional(entry.type) && resumes.some((resumed) => isVoidBy(parseEntry(entry), resumed))
    assert.ok(isReplaced || isVoid, `seq ${entry.seq} (${entry.type}) was left out`)
  }
}

function stepKey(entry: StoredEntry): string {
  return `${entry.turnId} ${JSON.parse(entry.data).step}`
}

/** I1, I2, I8: seqs without a gap, epochs that never fall, and one turn at a time, each of which ends once. */
export function assertOneTurnAtATime(full: readonly StoredEntry[]): void {
  let epoch = 0
  let active: TurnId | null = null
  const ended = new Set<TurnId>()
  for (const [index, entry] of full.entries()) {
    const where = `seq ${entry.seq} (${entry.type} of ${entry.turnId})`
    assert.equal(entry.seq, index + 1, `${where} stands at place ${index + 1}`)
    assert.ok(entry.epoch >= epoch, `${where} has epoch ${entry.epoch} after ${epoch}`)
    if (entry.type === 'turn.started') {
      assert.equal(active, null, `${where} starts while ${active} is active`)
      assert.ok(entry.epoch > epoch, `${where} does not raise the epoch ${epoch}`)
      active = entry.turnId
    } else {
      assert.equal(entry.turnId, active, `${where} stands inside turn ${active}`)
    }
    if (entry.type === 'turn.ended' && entry.turnId) {
      assert.ok(!ended.has(entry.turnId), `${where} ends a second time`)
      ended.add(entry.turnId)
      active = null
    }
    epoch = entry.epoch
  }
  assert.equal(active, null, `turn ${active} has no end`)
}

/** I5: the messages are a question and its answer for each turn of the log, in its order, saying what the log says. */
export function assertHistory(messages: readonly Message[], full: readonly StoredEntry[]): void {
  const starts = full.filter((entry) => entry.type === 'turn.started')
  const expected = starts.flatMap((start) => messagesOf(full.filter((entry) => entry.turnId === start.turnId)))
  const known = messages.map(({ message_id, turn_id, role, content, outcome, steps }) => {
    return { message_id, turn_id, role, content, outcome, steps }
  })
  assert.deepEqual(known, expected)
}

function messagesOf(entries: readonly StoredEntry[]) {
  const fold = new TurnFold()
  for (const entry of entries) fold.apply(parseEntry(entry))
  const [start] = entries
  const started = start && parseEntry(start)
  assert.ok(started?.type === 'turn.started')
  const { user_message_id, assistant_message_id, message: content } = started.data
  const common = { turn_id: started.turn_id }
  return [
    { ...common, message_id: user_message_id, role: 'user', content, outcome: null, steps: [] },
    {
      ...common,
      message_id: assistant_message_id,
      role: 'assistant',
      content: fold.content,
      outcome: outcomeOf(entries),
      steps: fold.steps(),
    },
  ]
}

/** The one outcome of a turn, by its entries. */
export function outcomeOf(entries: readonly StoredEntry[]): TurnOutcome {
  const ends = entries.map(parseEntry).filter((entry) => entry.type === 'turn.ended')
  assert.equal(ends.length, 1, `turn ${entries[0]?.turnId} has ${ends.length} ends`)
  const [end] = ends
  assert.ok(end)
  return end.data.outcome
}
