import { commandWords } from './command-words.ts'
import { conversationWords } from './conversation-words.ts'
import { findingWords } from './finding-words.ts'
import { modelWords } from './model-words.ts'
import { count, number } from './phrasing.ts'
import { queueWords } from './queue-words.ts'
import { settingsWords } from './settings-words.ts'
import { turnWords } from './turn-words.ts'

/** Every English word on the screen, in one place. Plain and kind; never a code, never a number nobody asked for. */
export const english = {
  /** Which language this is, for `<html lang>` and for dates. */
  language: 'en',
  appName: 'Conch',

  start: {
    heading: 'Whoever holds the conch may speak.',
    lead: 'Ask something. The answer comes from a model on your own machine, and stays there.',
    placeholder: 'Ask anything',
    creating: 'Opening a session…',
    failed: 'The session could not be opened. Your text is still here; try again in a moment.',
  },

  sessions: {
    heading: 'Sessions',
    create: 'New session',
    untitled: 'Untitled session',
    open: 'Show sessions',
    close: 'Close',
    running: 'answering',
    actionsFor: (title: string) => `Actions for ${title}`,
    rename: 'Rename',
    renameLabel: 'Title of the session',
    renameFailed: 'The title could not be saved. Try again in a moment.',
    delete: 'Delete…',
    more: (hidden: number) => `Show ${number(hidden)} more`,
    today: 'Today',
    yesterday: 'Yesterday',
    earlier: 'Earlier',
    loading: 'Loading sessions',
    unavailable: 'The sessions could not be loaded. Trying again…',
    empty: 'Nothing here yet. Your sessions will be listed in this place.',
  },

  deleteDialog: {
    title: 'Delete this session?',
    body: (title: string) => `“${title}” and everything said in it will be gone. This cannot be undone.`,
    bodyWhileRunning: 'An answer is being written in it now; that stops as well.',
    confirm: 'Delete session',
    deleting: 'Deleting…',
    cancel: 'Keep it',
    failed: 'It could not be deleted. Try again in a moment.',
  },

  settings: {
    open: 'Settings',
    heading: 'Settings',
    model: 'Model',
    modelLead: 'Conch answers with a model that runs on your machine, or with one whose address you give it.',
    appearance: 'Appearance and language',
    about: 'About',
    version: (version: string) => `Conch ${version}`,
    privacy: 'Your sessions stay on this machine. What you write goes to the model that answers, and nowhere else.',
  },

  ...modelWords,
  ...settingsWords,
  ...commandWords,

  duration: (seconds: number) => `${number(seconds, seconds < 10 ? 1 : 0)} s`,

  theme: { heading: 'Theme', system: 'As the system', light: 'Light', dark: 'Dark' },

  chat: {
    transcriptLabel: 'Conversation',
    loading: 'Opening the session',
    unavailableTitle: 'This session could not be loaded',
    unavailableBody: 'The server did not answer. It is being asked again; nothing is lost.',
    missingTitle: 'This session does not exist any more',
    missingBody: 'It was deleted, perhaps in another tab.',
    missingAction: 'Start a new one',
    missingActionWithDraft: 'Take your text to a new one',
    emptyTitle: 'Nothing has been said yet',
    emptyBody: 'Write below to begin.',
    loadEarlier: 'Load earlier messages',
    loadingEarlier: 'Loading…',
    loadEarlierFailed: 'Could not be loaded. Try again',
    jumpToLatest: 'Jump to latest',
    you: 'You said',
    answer: 'Answer',
    copy: 'Copy',
    copied: 'Copied',
    copyMessage: 'Copy message',
    copyFailed: 'Not copied',
    reconnecting: 'Reconnecting… You can keep writing.',
    offline: 'Conch is not answering. You can keep writing; it reconnects by itself.',
  },

  ...conversationWords,
  ...findingWords,

  code: { copy: 'Copy code', plain: 'text' },

  image: {
    blocked: 'An image from elsewhere. It is not loaded by itself.',
    unnamed: 'Image without a description',
    open: 'Open image in a new tab',
  },

  ...turnWords,
  ...queueWords,

  announce: {
    queued: (waiting: number) => `Queued, ${number(waiting)} waiting`,
    answering: 'Answering',
    usedTool: (tool: string) => `Used ${tool}`,
    complete: (words: number) => `Answer complete, ${count(words, 'word', 'words')}`,
    stopped: 'Stopped',
    failed: 'The answer failed',
    interrupted: 'The answer was interrupted',
    reconnected: 'Reconnected',
    reconnecting: 'Reconnecting',
  },

  practice: {
    label: 'About the practice model',
    title: 'This is the practice model.',
    body: 'It is built in and knows nothing, so that you can try everything here.',
    connect: 'Choose a model',
    hide: 'Hide this note',
    chip: 'Practice model',
  },

  notConnected: {
    title: 'This browser is not connected yet',
    body: 'Conch opens only to browsers that were let in from the machine it runs on. In the folder of Conch, run:',
    command: 'npm start -- link',
    after: 'Then open the link that it prints in this browser. It works once.',
    copy: 'Copy command',
    retry: 'Try again',
  },

  crash: {
    title: 'This screen has stumbled',
    body: 'Nothing is lost: the conversation is stored on the server. Reload to go on.',
    reload: 'Reload',
  },

  partFailure: {
    title: 'This part could not be fetched',
    body: 'Conch did not answer, or it was updated since this page was opened. What you have written is kept.',
    retry: 'Try again',
    reload: 'Reload the page',
  },
}
