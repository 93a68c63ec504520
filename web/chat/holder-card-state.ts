import type { BusyAction } from '../../protocol/problem.ts'
import type { HeldTurn } from '../client/turn-holder.ts'
import type { BusyState } from '../client/turn-sender.ts'

/** What the card says: who holds the turn, or that the way is free now. */
export type HolderCardState =
  | {
      readonly status: 'held'
      readonly turn: HeldTurn
      readonly choices: readonly CardChoice[]
      readonly isFresh: boolean
    }
  | { readonly status: 'ready'; readonly choices: readonly CardChoice[]; readonly isFresh: boolean }

export type CardChoice = 'queue' | 'watch' | 'stop' | 'branch' | 'send'

/** What this version can do with a refusal, in the order of the card. */
const OFFERED: readonly (CardChoice & BusyAction)[] = ['queue', 'watch', 'stop', 'branch']

/** `holder` has the turn by now, or nobody has. `draft` stands in the composer: while it is as refused, keys are the card's. */
export function holderCardState(send: BusyState, holder: HeldTurn | null, draft: string): HolderCardState {
  const isFresh = send.draft === draft
  if (holder === null) return { status: 'ready', choices: ['send'], isFresh }
  return { status: 'held', turn: holder, choices: OFFERED.filter((choice) => send.actions.includes(choice)), isFresh }
}

export type CardKey =
  | { readonly type: 'choose'; readonly choice: CardChoice }
  | { readonly type: 'select'; readonly choice: CardChoice }
  | { readonly type: 'close' }

/**
 * What a key means while the card is open and the text is untouched; null for a key that belongs to the text. Once
 * somebody writes on, numbers and arrows are theirs again, and only Escape is the card's.
 */
export function readCardKey(key: string, card: HolderCardState, selected: CardChoice | null): CardKey | null {
  if (key === 'Escape') return { type: 'close' }
  if (!card.isFresh) return null
  const { choices } = card
  const numbered = /^[1-9]$/.test(key) ? choices[Number(key) - 1] : undefined
  if (numbered !== undefined) return { type: 'choose', choice: numbered }
  if (key === 'Enter') return selected === null ? null : { type: 'choose', choice: selected }
  const direction = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[key]
  if (direction === undefined) return null
  const at = selected === null ? (direction === 1 ? -1 : 0) : choices.indexOf(selected)
  const next = choices[(at + direction + choices.length) % choices.length]
  return next === undefined ? null : { type: 'select', choice: next }
}
