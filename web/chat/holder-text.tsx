import type { HeldTurn } from '../client/turn-holder.ts'
import { useServices } from '../services.ts'
import { words } from '../words.ts'
import { Elapsed } from './elapsed.tsx'

interface HolderTextProps {
  readonly turn: HeldTurn
  /** Within the refused send's card a turn of one's own needs more words than in the line below its answer. */
  readonly isRefusal: boolean
}

/** "Answering in another tab · 0:42 · step 3 · using search_files", "Reading the conversation: 40 % · 0:42". */
export function HolderText({ turn, isRefusal }: HolderTextProps) {
  const { identity } = useServices()
  const { readPercent } = turn
  const isPlain = turn.isOwn && !isRefusal
  const own = readPercent === null ? words.holder.own : words.holder.reading(readPercent)
  return (
    <>
      <span className="font-medium tabular-nums">{isPlain ? own : words.holder.who(turn, identity.label)}</span>
      <span className="text-soft">
        {' · '}
        <Elapsed since={turn.startedAt} />
        {!isPlain && readPercent !== null && (
          <span aria-hidden="true" className="tabular-nums">
            {` · ${words.holder.hasRead(readPercent)}`}
          </span>
        )}
        {detailsOf(turn).map((detail) => ` · ${detail}`)}
        {turn.phase === 'running' && turn.tool !== null && (
          <>
            {` · ${words.holder.using} `}
            <code className="font-mono text-note">{turn.tool}</code>
          </>
        )}
      </span>
    </>
  )
}

function detailsOf(turn: HeldTurn): readonly string[] {
  if (turn.phase === 'waiting_for_slot' && turn.turnsAhead !== null) {
    return [words.holder.phase.waiting_for_slot, words.holder.ahead(turn.turnsAhead)]
  }
  if (turn.phase !== 'running') return [words.holder.phase[turn.phase]]
  return turn.step === 0 || turn.readPercent !== null ? [] : [words.holder.step(turn.step)]
}
