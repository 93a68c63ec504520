import './early.ts'

import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { createCodeHighlighter } from './chat/code-highlighter.ts'
import { HighlighterContext } from './chat/highlighter-context.ts'
import { createApiClient } from './client/api-client.ts'
import { createApiTransport } from './client/api-transport.ts'
import { AppFeed } from './client/app-feed.ts'
import { watchAttention } from './client/attention.ts'
import { createOfferedCommands } from './client/commands.ts'
import { connectHub } from './client/connect-hub.ts'
import { createDataClient } from './client/data-client.ts'
import { createDraftStorage } from './client/draft-storage.ts'
import { createDrafts } from './client/drafts.ts'
import { createDrawingPace } from './client/drawing-pace.ts'
import { readKeyBindings } from './client/key-bindings.ts'
import { chosenLanguage, setPageLanguage } from './client/languages.ts'
import { watchLocation } from './client/location.ts'
import { createModelsClient } from './client/models-client.ts'
import { ModelsFeed } from './client/models-feed.ts'
import { createNewSession } from './client/new-session.ts'
import { createOpenSessions } from './client/open-sessions.ts'
import { createSearchBox } from './client/search-box.ts'
import { createSharedStreams } from './client/shared-streams.ts'
import { joinTabCrowd } from './client/tab-crowd.ts'
import { createTabDrafts } from './client/tab-drafts.ts'
import { readTabIdentity } from './client/tab-identity.ts'
import { systemTimers } from './client/timers.ts'
import { createTrayStorage } from './client/tray-storage.ts'
import { watchUnread } from './client/unread.ts'
import { CrashBoundary } from './crash-screen.tsx'
import { preferences } from './early.ts'
import { type Services, ServicesContext } from './services.ts'
import { loadWords, words } from './words.ts'

/** Builds every part and connects them by hand. */
function connectServices(): Services {
  const identity = readTabIdentity(sessionStorage, navigator.userAgent)
  const transport = createApiTransport({ origin: '', identity, onUnauthorized: () => app.denyAccess() })
  const own = createApiClient(transport)
  const pace = createDrawingPace({
    timers: systemTimers,
    isHidden: () => document.visibilityState === 'hidden',
    painted: nextFramePainted,
    reportFailure,
  })
  const streams = createSharedStreams({
    connect: connectHub,
    own,
    clientId: identity.clientId,
    crowd: joinTabCrowd(navigator.locks, reportFailure),
    timers: systemTimers,
    locks: navigator.locks,
    afterDrawing: pace.afterDrawing,
    reportFailure,
  })
  const api = { ...own, openSessionStream: streams.openSessionStream, openAppStream: streams.openAppStream }
  const attention = watchAttention({ page: document, frame: window, crowd: streams.crowd, timers: systemTimers })
  attention.subscribe(streams.look)
  window.addEventListener('pagehide', streams.leave)
  const models = new ModelsFeed(createModelsClient(transport))
  const location = watchLocation(window)
  const unread = watchUnread({ storage: localStorage, page: document, frame: window, shown: location.session })
  const app = new AppFeed({
    api,
    attention,
    timers: systemTimers,
    onModelsChanged: () => models.load(),
    onTurnEnded: (sessionId) => unread.noteAnswer(sessionId),
  })
  const search = createSearchBox({ api, timers: systemTimers })
  const drafts = createDrafts(createTabDrafts(sessionStorage, createDraftStorage()), reportFailure)
  const trays = createTrayStorage({ tab: sessionStorage, locks: navigator.locks, now: () => Date.now() })
  const sessions = createOpenSessions({
    api,
    drafts,
    attention,
    timers: systemTimers,
    beforeDrawing: pace.beforeDrawing,
    onQueue: (queue) => app.takeQueue(queue),
    tab: sessionStorage,
    trays,
    reportFailure,
    queues: app.state,
  })
  const newSession = createNewSession({ app, drafts, sessions, location, trays, reportFailure })
  const data = createDataClient(transport)
  return {
    app,
    models,
    data,
    sessions,
    newSession,
    drafts,
    location,
    preferences,
    keys: readKeyBindings(localStorage),
    commands: createOfferedCommands(),
    identity,
    unread,
    search,
    reportFailure,
  }
}

/** A tab that was hidden meanwhile gets no frame. */
const NO_FRAME_AFTER_MS = 400

function nextFramePainted(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  requestAnimationFrame(() => setTimeout(resolve)) // the frame is painted before the next task
  setTimeout(resolve, NO_FRAME_AFTER_MS)
  return promise
}

function reportFailure(error: unknown): void {
  console.error(error)
}

async function start(): Promise<void> {
  const root = document.getElementById('root')
  if (root === null) throw new Error('index.html has no element with the id "root"')
  await loadWords(chosenLanguage(preferences.language.get(), navigator.languages))
  setPageLanguage(document.documentElement, words.language)
  createRoot(root).render(
    <CrashBoundary reportFailure={reportFailure}>
      <ServicesContext value={connectServices()}>
        <HighlighterContext value={createCodeHighlighter(reportFailure)}>
          <App />
        </HighlighterContext>
      </ServicesContext>
    </CrashBoundary>,
  )
}

start().catch(reportFailure)
