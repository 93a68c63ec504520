import { count } from './phrasing.ts'

/** Words for what is kept here as a whole, and for the room that models get, and for the language; part of `english.ts`. */
export const settingsWords = {
  languageChoice: {
    heading: 'Language',
    browser: (language: string) => `Same as the browser (${language})`,
  },

  contextSize: {
    heading: 'Room for the conversation',
    asServer: 'As its server decides',
    tokens: (tokens: number) => count(tokens, 'token', 'tokens'),
    hint: 'What Lemonade is asked for when Conch has it load a model. More room takes more memory. Other servers decide it themselves.',
    loadAgain: (model: string) => `Load ${model} again with this`,
    loading: (model: string) => `${model} is being loaded.`,
  },

  data: {
    heading: 'Your sessions',
    lead: 'Everything that was said is kept on this machine, until you delete it.',
    exportAll: 'Save all as a file',
    exportHint: 'Private sessions are not in the file, and neither are settings or keys.',
    deleteAll: 'Delete all sessions…',
    dialogTitle: 'Delete all sessions?',
    dialogBody: (sessions: number, messages: number) =>
      `${count(sessions, 'session', 'sessions')} with ${count(messages, 'message', 'messages')} will be gone, private ones and what waits in a queue included. This cannot be undone.`,
    dialogStays: 'Your settings and the keys of model servers stay.',
    dialogConfirm: 'Delete all',
    dialogCancel: 'Keep them',
    busy: 'An answer is being written. Nothing was deleted: wait for it, or stop it first.',
    changed: 'Something was said or deleted meanwhile. Nothing was deleted: read above what there is now.',
    failed: 'That did not work. Nothing was deleted; try again in a moment.',
    gone: 'All sessions are deleted.',
    nothing: 'There are no sessions to delete.',
  },
} as const
