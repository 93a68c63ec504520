/**
 * What happened, as witnesses outside the server saw it, in the order they saw it. One event is one line of JSON in a
 * history file, and one line of a violation's story.
 *
 * The rule of evidence: a 2xx is `ok`; a definite 4xx is `fail` and must have left no trace; no answer, a reset or a 5xx is
 * `info`: it happened or it did not, and whichever it was stays so.
 *
 * `at`: milliseconds since 1970 by a clock that only grows, so that it can be held against the times of entries.
 */
export type HistoryEvent =
  | { readonly kind: 'invoke'; readonly at: number; readonly op: number; readonly client: string; readonly call: Call }
  | { readonly kind: 'ok'; readonly at: number; readonly op: number; readonly answer: Answer }
  | {
      readonly kind: 'fail'
      readonly at: number
      readonly op: number
      readonly status: number
      /** The turn that a refusal names as the one in the way. */
      readonly activeTurnId: string | null
    }
  | { readonly kind: 'info'; readonly at: number; readonly op: number; readonly why: string }
  | {
      readonly kind: 'connect'
      readonly at: number
      readonly stream: number
      readonly client: string
      readonly sessionId: string
      /** Seq of the last entry that the reader has. */
      readonly cursor: number
    }
  | { readonly kind: 'entry'; readonly at: number; readonly stream: number; readonly entry: LogEntry }
  | { readonly kind: 'notice'; readonly at: number; readonly stream: number; readonly notice: string }
  | { readonly kind: 'close'; readonly at: number; readonly stream: number; readonly by: 'client' | 'server' }
  | { readonly kind: 'fault'; readonly at: number; readonly fault: Fault }
  /** The last fault is over and everything asked for has been done: from here on nothing may move. */
  | { readonly kind: 'rest'; readonly at: number }

/** What was done to the server. `disk`: a write was refused. `time`: limits of time passed. */
export type Fault = 'kill' | 'terminate' | 'freeze' | 'wake' | 'start' | 'disk' | 'time'

export type Call =
  | { readonly do: 'create' }
  | {
      readonly do: 'send'
      readonly sessionId: string
      /** Has a mark of its own, by which it is found again wherever it went. */
      readonly message: string
      readonly key: string | null
      readonly onBusy: 'reject' | 'interrupt' | 'queue'
      /** A message that this one is written in the place of. */
      readonly replaces?: number
      /** One of the sends that, after all faults, every session must complete (I9). */
      readonly isLast: boolean
    }
  | { readonly do: 'cancel'; readonly sessionId: string; readonly turnId: string }
  | { readonly do: 'cancel-send'; readonly sessionId: string; readonly key: string }
  | {
      readonly do: 'change-queue'
      readonly sessionId: string
      readonly change: 'pause' | 'resume'
      readonly revision: number
    }
  /** Takes a message out of the queue. */
  | { readonly do: 'unqueue'; readonly sessionId: string; readonly turnId: string }
  | { readonly do: 'send-now'; readonly sessionId: string; readonly turnId: string }
  | { readonly do: 'rename'; readonly sessionId: string; readonly title: string }
  | { readonly do: 'delete'; readonly sessionId: string }
  | { readonly do: 'branch'; readonly sessionId: string }
  | { readonly do: 'read'; readonly sessionId: string }

export type Answer =
  | { readonly to: 'create'; readonly sessionId: string }
  | { readonly to: 'branch'; readonly sessionId: string }
  | { readonly to: 'send'; readonly turnId: string; readonly firstSeq: number; readonly repeated: boolean }
  /** It waits, and its turn will have this id. */
  | { readonly to: 'queued'; readonly turnId: string; readonly repeated: boolean }
  | { readonly to: 'send-now'; readonly turnId: string }
  /** `outcome`: how the turn had ended when the stop was answered; null where the stop came first. */
  | { readonly to: 'cancel'; readonly outcome: string | null }
  /** `turnId`: of the turn that the send had started, null where there was none. */
  | { readonly to: 'cancel-send'; readonly turnId: string | null; readonly outcome: string | null }
  | { readonly to: 'rename' }
  | { readonly to: 'delete' }
  | { readonly to: 'change-queue' }
  | { readonly to: 'unqueue' }
  | {
      readonly to: 'read'
      readonly cursor: number
      readonly messageIds: readonly number[]
      readonly activeTurnId: string | null
    }

/** An entry as a client received it, or as a row has it. `data` is JSON text: what is stored is, byte for byte, what is sent. */
export interface LogEntry {
  readonly seq: number
  readonly turnId: string | null
  readonly epoch: number
  readonly at: number
  readonly type: string
  readonly data: string
}

/** One run of the test tool, written down outside the server by the tool itself. */
export interface ToolRun {
  /** In the arguments of the call that ran, and in no other's. */
  readonly mark: string
}

/** One question that the model was asked, as the model tells it. */
export interface ModelReply {
  /** The whole prompt. */
  readonly prompt: string
  /** The person's message that it answers. */
  readonly message: string
  /** `broken`: the stream broke off without an end. `stopped`: the server went away first. */
  readonly ending: 'finished' | 'broken' | 'failed' | 'stopped'
}

/** Words that stand in every message of one session and in nobody else's are found by this (I17). */
export const CANARY = /canary-[\w-]+/g
