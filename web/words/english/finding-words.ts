import { count } from './phrasing.ts'

/** Words for finding a session again; part of `english.ts`. */
export const findingWords = {
  search: {
    open: 'Search',
    heading: 'Search and go to',
    label: 'Search messages, sessions and commands',
    placeholder: 'Search what was said, or what to do',
    results: 'Results',
    commands: 'Do',
    recent: 'Last used',
    sessions: 'Sessions',
    messages: 'Messages',
    you: 'You',
    answer: 'Answer',
    more: 'Show more',
    searching: 'Searching…',
    nothing: 'Nothing was found. Private sessions are never searched.',
    failed: 'The search did not work. Try again in a moment.',
    incomplete: 'Older messages are still being read in; they are found in a few minutes.',
    count: (results: number) => count(results, 'result', 'results'),
    keys: 'Arrow keys choose · Enter opens · Esc closes',
  },

  pins: {
    heading: 'Pinned',
    pin: 'Pin to the top',
    unpin: 'Unpin',
  },

  unread: 'new answer',
} as const
