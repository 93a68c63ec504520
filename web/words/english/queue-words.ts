import type { PauseReason } from '../../../protocol/queue.ts'
import type { QueueNotice } from '../../client/queue-control.ts'
import { count } from './phrasing.ts'

/** Words for what waits in a session; part of `english.ts`. */
export const queueWords = {
  queue: {
    label: 'Messages that wait',
    heading: (messages: number) => count(messages, 'message waits', 'messages wait'),
    goesOn: 'Each is sent when the answer before it is complete.',
    paused: {
      stopped: 'Paused: the last answer was stopped',
      failed: 'Paused: the last answer failed',
      interrupted: 'Paused: the last answer was interrupted',
      person: 'Paused',
    } satisfies Record<PauseReason, string>,
    resume: 'Resume',
    clear: 'Clear',
    next: 'goes next',
    from: (holder: string) => `from ${holder}`,
    otherTab: 'another tab',
    program: 'a program',
    sendNow: 'Send now',
    sendNowHint: 'End the answer that is being written, keep what it wrote, send this',
    edit: 'Edit',
    up: 'Move up',
    down: 'Move down',
    remove: 'Remove',
    actions: 'What to do with it',
    editLabel: 'Queued message',
    save: 'Save',
    cancel: 'Cancel',
    dismiss: 'Dismiss',
    notice: {
      started: 'That message has been sent already. Words that you changed are in the box below.',
      left: 'What you had changed in the other message is in the box below.',
      changed: 'What waits has changed in the meantime. Look again.',
      full: 'That is more text than can wait here.',
      failed: 'That did not work. Try again in a moment.',
    } satisfies Record<QueueNotice, string>,
  },
} as const
