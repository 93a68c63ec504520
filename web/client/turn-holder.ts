import type { TurnId } from '../../protocol/ids.ts'
import type { ActiveTurn, HolderKind, TurnPhase } from '../../protocol/turn.ts'
import type { SessionFeedState } from './session-feed.ts'
import { type LiveTurn, parseTime, runningTool } from './session-view.ts'

/** Who has the turn now and what it is doing, from all that this tab knows. */
export interface HeldTurn {
  readonly turnId: TurnId
  readonly kind: HolderKind
  readonly label: string
  /** This tab started it. */
  readonly isOwn: boolean
  readonly phase: TurnPhase
  readonly startedAt: number
  /** From 1; 0 before the first step. */
  readonly step: number
  readonly tool: string | null
  readonly turnsAhead: number | null
  /** How much of its prompt the model has read, in whole percent; null where it reads nothing, or nobody tells. */
  readonly readPercent: number | null
}

export function holderOfLiveTurn(live: LiveTurn, isOwn: boolean): HeldTurn {
  return {
    turnId: live.turnId,
    kind: live.holder.kind,
    label: live.holder.label,
    isOwn,
    phase: live.phase,
    startedAt: live.startedAt,
    step: live.assistant.steps.at(-1)?.step ?? 0,
    tool: runningTool(live.assistant),
    turnsAhead: null,
    readPercent: null,
  }
}

function holderOfActiveTurn(active: ActiveTurn): HeldTurn {
  return {
    turnId: active.turn_id,
    kind: active.holder.kind,
    label: active.holder.label,
    isOwn: active.holder.same_client,
    phase: active.phase,
    startedAt: parseTime(active.started_at),
    step: active.step,
    tool: active.tool,
    ...unloggedOf(active),
  }
}

/** The same turn with what the log does not say of it and the app's stream does: whose it is is known after a reload, too. */
export function withUnlogged(turn: HeldTurn, active: ActiveTurn | undefined): HeldTurn {
  if (active?.turn_id !== turn.turnId) return turn
  return { ...turn, isOwn: turn.isOwn || active.holder.same_client, ...unloggedOf(active) }
}

function unloggedOf(active: ActiveTurn): Pick<HeldTurn, 'turnsAhead' | 'readPercent'> {
  const { turns_ahead: turnsAhead, prompt_progress: read } = active
  return { turnsAhead, readPercent: read && Math.floor((read.processed * 100) / read.total) }
}

/**
 * Who holds the turn that a send was refused for, by now: the refusal is a moment, the log goes on. Null when it has
 * ended and nobody else has begun, so that the way is free.
 */
export function holderAfterRefusal(heldBy: ActiveTurn, feed: SessionFeedState): HeldTurn | null {
  const refused = holderOfActiveTurn(heldBy)
  if (feed.status !== 'ready') return refused
  const { live, cursor } = feed.view
  if (live?.turnId === heldBy.turn_id) {
    return { ...holderOfLiveTurn(live, refused.isOwn), turnsAhead: refused.turnsAhead }
  }
  // What this tab has seen of the log is older than the refusal: the refusal knows better.
  if (cursor < heldBy.last_seq) return refused
  return live === null ? null : holderOfLiveTurn(live, feed.ownTurnIds.has(live.turnId))
}
