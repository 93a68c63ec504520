import type { Answer, Call, HistoryEvent, LogEntry } from '../evidence/history.ts'
import type { Operation } from './case-file.ts'

/** Events in words, for the stories of violations. */

const LONGEST = 90

export function tellEvent(event: HistoryEvent): string {
  return `${time(event.at)} ${wordsOf(event)}`
}

/** An operation as its call and, where one came, its answer. */
export function tellOperation({ op, client, call, invokedAt, end }: Operation): string[] {
  return [
    tellEvent({ kind: 'invoke', at: invokedAt, op, client, call }),
    end ? tellEvent(end) : `             #${op} was never answered`,
  ]
}

export function tellEntry(entry: LogEntry, where = 'stored'): string {
  return `${where}: ${inWords(entry)}`
}

function wordsOf(event: HistoryEvent): string {
  switch (event.kind) {
    case 'invoke':
      return `#${event.op} ${event.client}: ${wordsOfCall(event.call)}`
    case 'ok':
      return `#${event.op} ok: ${wordsOfAnswer(event.answer)}`
    case 'fail':
      return `#${event.op} refused with ${event.status}${event.activeTurnId ? `, in the way is ${event.activeTurnId}` : ''}`
    case 'info':
      return `#${event.op} no clear answer: ${event.why}`
    case 'connect':
      return `~${event.stream} ${event.client} follows ${event.sessionId} after ${event.cursor}`
    case 'entry':
      return `~${event.stream} is shown ${inWords(event.entry)}`
    case 'notice':
      return `~${event.stream} is told ${event.notice}`
    case 'close':
      return `~${event.stream} is closed by the ${event.by}`
    case 'fault':
      return `the server: ${event.fault}`
    case 'rest':
      return 'everything is at rest'
  }
}

function wordsOfCall(call: Call): string {
  const { do: verb, ...facts } = call
  return short(`${verb} ${JSON.stringify(facts)}`)
}

function wordsOfAnswer(answer: Answer): string {
  const { to: _, ...facts } = answer
  return short(JSON.stringify(facts))
}

function inWords({ seq, turnId, epoch, type, data }: LogEntry): string {
  return `seq ${seq}, epoch ${epoch}, turn ${turnId}, ${type} ${short(data)}`
}

function short(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

function time(at: number): string {
  return at.toFixed(1).padStart(12)
}
