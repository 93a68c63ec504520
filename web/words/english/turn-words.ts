import type { FailureReason, InterruptionReason, TurnPhase } from '../../../protocol/turn.ts'
import type { ToolCallState } from '../../client/session-view.ts'
import type { HeldTurn } from '../../client/turn-holder.ts'
import type { RefusalReason } from '../../client/turn-sender.ts'
import { count, number } from './phrasing.ts'

/** Words for what happens in a turn: writing, answering, and who holds it; part of `english.ts`. */
export const turnWords = {
  message: {
    reasoning: 'Reasoning',
    reasoningNow: 'Thinking…',
    thoughtFor: (time: string) => `Thought for ${time}`,
    thoughtBriefly: 'Thought for a moment',
    waiting: 'Waiting for the first word',
    stopped: 'Stopped. What was written is kept.',
    nothingWritten: 'Stopped before the first word.',
    completedEmpty: 'The model had nothing to say.',
    interrupted: {
      restart: 'The server was restarted before the answer was complete. What was written is kept.',
      shutdown: 'The server was shut down before the answer was complete. What was written is kept.',
      truncated: 'The model broke off before the answer was complete. What was written is kept.',
    } satisfies Record<InterruptionReason, string>,
    failed: {
      backend_unreachable: 'The model could not be reached. Is its server running?',
      backend_error: 'The model’s server answered with an error.',
      protocol: 'The model’s server answered in a form that could not be read.',
      slot_wait_timeout: 'The wait for the model took too long. Send it again when it is less busy.',
      first_byte_timeout: 'The model did not begin to answer in time.',
      idle_timeout: 'The model fell silent in the middle of its answer.',
      turn_timeout: 'The answer took longer than is allowed.',
      limit: 'The answer reached its limit of steps or length.',
      tool_protocol: 'The model asked for a tool in a form that could not be read.',
      storage: 'The answer could not be stored. Is the disk full?',
      internal: 'Something went wrong inside Conch.',
    } satisfies Record<FailureReason, string>,
    tokensPerSecond: (rate: number) => `${number(rate, rate < 10 ? 1 : 0)} tokens/s`,
    context: (used: number, size: number) =>
      `The conversation takes ${number(used)} of the ${number(size)} tokens that the model can keep in mind`,
    tokens: (tokens: number) => count(tokens, 'token', 'tokens'),
  },

  tool: {
    states: {
      requested: 'requested',
      started: 'running…',
      ok: 'done',
      error: 'failed',
      unknown: 'outcome unknown',
    } satisfies Record<ToolCallState, string>,
    arguments: 'Asked with',
    result: 'Answered',
    noResult: 'No output',
    unknownNote:
      'It was interrupted while it ran: nobody can say whether it took effect. It is not run again by itself.',
  },

  composer: {
    label: 'Message',
    placeholder: 'Write a message',
    placeholderBusy: 'Write the next message',
    placeholderQueue: 'Queue a follow-up',
    send: 'Send',
    sendHint: (keys: string) => withKeys('Send', keys),
    queue: 'Queue',
    queueHint: (keys: string, stopKeys: string) =>
      `${withKeys('Send it when this answer is complete', keys)} · ${withKeys('Stop and send', stopKeys)}`,
    stop: 'Stop',
    stopHint: (keys: string) => withKeys('Stop the answer', keys),
    stopping: 'Stopping…',
    sending: 'Sending…',
    sent: 'Sent',
    waiting: 'Waits for the one before it',
    dismiss: 'Dismiss',
    refused: {
      line_full: 'The model’s line is full; try again in a moment. Your text is still here.',
      invalid: 'This message cannot be sent as it is.',
      missing: 'This session does not exist any more. Your text is still here to copy.',
      unavailable: 'Conch cannot take a message right now. Your text is still here; try again in a moment.',
      unreachable: 'Conch did not answer. Your text is still here; sending it again will not say it twice.',
      stale_view: 'Something was said here that this tab had not shown yet. It does now: read on, then send your text.',
      queue_full: 'As many messages wait here as can. Your text is still here; send it when there is room.',
      said_before:
        'What you sent before had arrived after all. The rest of your text is still here: read on, then send it.',
      image_failed: 'An image did not get to the server. Your text and images are still here; send them again.',
      branch_failed: 'The branch could not be made. Your text is still here.',
      stop_failed: 'Stop did not reach the server. Try again.',
    } satisfies Record<RefusalReason, string>,
  },

  holder: {
    cardLabel: 'Who is speaking',
    who: (turn: HeldTurn, ownLabel: string) => describeHolder(turn, ownLabel),
    own: 'Answering',
    phase: {
      waiting_for_slot: 'waiting for the model',
      running: 'answering',
      awaiting_approval: 'waiting for your approval',
      stopping: 'stopping, keeping what it wrote',
    } satisfies Record<TurnPhase, string>,
    ahead: (ahead: number) => (ahead === 0 ? 'next in line' : `${number(ahead)} ahead in the line`),
    step: (step: number) => `step ${step}`,
    using: 'using',
    reading: (percent: number) => `Reading the conversation: ${percent} %`,
    readingLabel: 'Reading the conversation',
    hasRead: (percent: number) => `reading: ${percent} %`,
    since: (time: string) => `since ${time}`,
    kept: 'Your message is still in the box below. Nothing was sent.',
    stoppingModel: 'waiting for the model’s server to let go',
    stoppingTool: (tool: string) => `waiting for ${tool} to end`,
    readyTitle: 'Ready: send your message',
    readyBody: 'The turn before yours has ended.',
    queue: 'Queue my message',
    queueHint: 'Send it by itself when that answer is complete',
    watch: 'Watch live',
    watchHint: 'Follow the answer; your text stays',
    stopAndSend: 'Stop and send',
    stopAndSendHint: 'End that answer, keep what it wrote, send yours',
    branch: 'Branch',
    branchHint: 'Send yours in a copy without the running answer',
    branching: 'Branching…',
    sendNow: 'Send now',
    stopProgramTitle: 'Stop this answer?',
    stopProgramBody: (holder: string) =>
      `${holder}. The answer ends where it is: what it wrote is kept, and whoever asked for it is told that it was stopped.`,
    stopProgram: 'Stop it',
    letFinish: 'Let it finish',
    keys: 'Arrow keys or numbers choose · Esc keeps writing',
  },
} as const

/** Without the keys where a command has none. */
function withKeys(text: string, keys: string): string {
  return keys === '' ? text : `${text} (${keys})`
}

function describeHolder(turn: HeldTurn, ownLabel: string): string {
  if (turn.isOwn) return 'Your last message is still being answered'
  const label = turn.label.trim()
  switch (turn.kind) {
    case 'browser':
      return label === '' || label === ownLabel ? 'Answering in another tab' : `Answering in ${label}`
    case 'cli':
      return label === '' ? 'Held by the command line' : `Held by the command line (${label})`
    case 'schedule':
      return label === '' ? 'Held by a schedule' : `Held by the schedule “${label}”`
    case 'mcp':
      return label === '' ? 'Held by an MCP client' : `Held by the MCP client ${label}`
    case 'api':
      return label === '' ? 'Held by a program' : `Held by the program ${label}`
  }
}
