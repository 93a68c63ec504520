import { LoadingSession } from './chat/loading-session.tsx'
import { lazyPart } from './lazy-part.tsx'
import { DialogFailure, PartFailure } from './part-failure.tsx'

/*
 * What the first paint does without. Each is a file of its own in the build; `tests/web-budget.test.ts` holds what is left.
 */

/** The conversation, with all that draws markdown. It is asked for at the start, beside the first session. */
export const transcriptPart = lazyPart({
  load: async () => (await import('./chat/transcript.tsx')).Transcript,
  waiting: <LoadingSession />,
  failed: PartFailure,
})

export const settingsPart = lazyPart({
  load: async () => (await import('./settings/settings-screen.tsx')).SettingsScreen,
  failed: PartFailure,
})

export const firstRunPart = lazyPart({
  load: async () => (await import('./settings/first-run.tsx')).FirstRun,
  failed: PartFailure,
})

export const searchPart = lazyPart({
  load: async () => (await import('./search/search-dialog.tsx')).SearchDialog,
  failed: DialogFailure,
})

export const keysPart = lazyPart({
  load: async () => (await import('./keys/keys-dialog.tsx')).KeysDialog,
  failed: DialogFailure,
})

/** What is soon needed comes before it is: the conversation beside the first session, the search before Ctrl+K. */
export function fetchAhead(): void {
  void transcriptPart.fetch().then(searchPart.fetch)
}
