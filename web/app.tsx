import { Menu as MenuIcon } from 'lucide-react'
import { Direction, Tooltip } from 'radix-ui'
import { type ReactNode, useEffect, useState } from 'react'
import { PracticeNote } from './chat/practice-note.tsx'
import { SessionScreen } from './chat/session-screen.tsx'
import { StartScreen } from './chat/start-screen.tsx'
import type { CommandId } from './client/commands.ts'
import { hasFoundNothing } from './client/models-feed.ts'
import { modelName } from './client/system-status.ts'
import { fetchAhead, firstRunPart, keysPart, searchPart, settingsPart } from './lazy-parts.tsx'
import { NotConnectedScreen } from './not-connected-screen.tsx'
import { useServices } from './services.ts'
import { SessionsPane } from './sessions/sessions-pane.tsx'
import { ModelLine } from './settings/model-line.tsx'
import { Drawer } from './ui/drawer.tsx'
import { IconButton } from './ui/icon-button.tsx'
import { useMediaQuery } from './ui/use-media-query.ts'
import { useAppCommands, useAppKeys } from './use-app-commands.ts'
import { useOffer } from './use-commands.ts'
import { useSelected, useStore } from './use-store.ts'
import { words } from './words.ts'

export function App() {
  const { app } = useServices()
  const access = useSelected(app.state, (state) => state.access)
  return (
    <Direction.Provider dir={document.documentElement.dir === 'rtl' ? 'rtl' : 'ltr'}>
      <Tooltip.Provider delayDuration={500}>
        {access === 'denied' ? <NotConnectedScreen /> : <Workspace />}
      </Tooltip.Provider>
    </Direction.Provider>
  )
}

/** From here on the sessions have a place of their own; below, they lie in a drawer. */
const WIDE = '(min-width: 48rem)'

/** What the pane of the sessions has in it. */
const IN_DRAWER: readonly CommandId[] = ['search', 'newSession', 'settings', 'nextSession', 'previousSession']

function Workspace() {
  const { app, reportFailure } = useServices()
  const [isDrawerOpen, setIsDrawerOpen] = useState(false)
  const isWide = useMediaQuery(WIDE)
  useEffect(fetchAhead, [])
  useEffect(() => {
    const closing = new AbortController()
    app.run(closing.signal).catch(reportFailure)
    return () => closing.abort()
  }, [app, reportFailure])
  const [floating, setFloating] = useState<'search' | 'keys' | null>(null)
  const float = (dialog: 'search' | 'keys') => {
    setIsDrawerOpen(false)
    setFloating(dialog)
  }
  const openSearch = () => float('search')
  useOffer('search', openSearch)
  useOffer('keys', () => float('keys'))
  const closeDrawer = () => setIsDrawerOpen(false)
  useAppCommands(closeDrawer)
  useAppKeys()
  return (
    <div className="grid h-dvh grid-cols-1 md:grid-cols-[18rem_minmax(0,1fr)]">
      {isWide ? (
        <aside className="flex min-h-0 flex-col border-line border-e bg-sunken">
          <SessionsPane onOpened={closeDrawer} onSearch={openSearch} />
        </aside>
      ) : (
        <Drawer
          isOpen={isDrawerOpen}
          onOpenChange={setIsDrawerOpen}
          label={words.sessions.heading}
          offers={IN_DRAWER.join(' ')}
        >
          <SessionsPane onOpened={closeDrawer} onSearch={openSearch} />
        </Drawer>
      )}
      <main className="flex min-h-0 min-w-0 flex-col low:scroll-pb-24 low:overflow-y-auto">
        <Header onOpenDrawer={() => setIsDrawerOpen(true)} />
        <Place />
      </main>
      {floating === 'search' && <searchPart.Part onClose={() => setFloating(null)} />}
      {floating === 'keys' && <keysPart.Part onClose={() => setFloating(null)} />}
    </div>
  )
}

/** What stands below the header: settings, a session, or the start. */
function Place() {
  const { location, models } = useServices()
  const sessionId = useStore(location.session)
  const isSettings = useStore(location.isSettings)
  const isFirstRun = useSelected(models.state, hasFoundNothing)
  if (isSettings) return <settingsPart.Part />
  if (sessionId === null && isFirstRun) return <firstRunPart.Part />
  return (
    <>
      <PracticeNote />
      <ModelLine />
      {sessionId === null ? <StartScreen /> : <SessionScreen key={sessionId} sessionId={sessionId} />}
    </>
  )
}

function Header({ onOpenDrawer }: { onOpenDrawer: () => void }) {
  const title = useTitle()
  return (
    <header className="flex h-14 shrink-0 items-center gap-2 border-line border-b ps-2 pe-4 md:ps-6">
      <IconButton label={words.sessions.open} className="md:hidden" onClick={onOpenDrawer}>
        <MenuIcon className="size-5" aria-hidden="true" />
      </IconButton>
      <h1 dir="auto" className="min-w-0 flex-1 truncate text-start font-serif text-lead">
        {title}
      </h1>
      <ModelName />
    </header>
  )
}

/** Who answers here. */
function ModelName(): ReactNode {
  const { app, location } = useServices()
  const system = useSelected(app.state, (state) => state.system)
  if (system === null) return null
  const name = system.practice_model ? words.practice.chip : modelName(system)
  if (name === null) return null
  return (
    <button
      type="button"
      data-testid="model-name"
      title={name}
      onClick={location.openSettings}
      className="min-h-9 max-w-[40%] truncate rounded-small px-2 text-note text-soft transition-colors hover:bg-ink/7 hover:text-ink touch:min-h-11"
    >
      {name}
    </button>
  )
}

/** The open session's title, on the page and on the tab. */
function useTitle(): string {
  const { app, location } = useServices()
  const sessionId = useStore(location.session)
  const isSettings = useStore(location.isSettings)
  const title = useSelected(app.state, ({ sessions }) => {
    if (isSettings) return words.settings.heading
    if (sessionId === null) return words.sessions.create
    if (sessions.status !== 'ready') return ''
    const session = sessions.sessions.find((candidate) => candidate.id === sessionId)
    return session === undefined ? '' : session.title || words.sessions.untitled
  })
  const isRunning = useSelected(app.state, (state) => sessionId !== null && state.activeTurns.has(sessionId))
  useEffect(() => {
    document.title = [isRunning ? '●' : '', title, title === '' ? '' : '·', words.appName].filter(Boolean).join(' ')
  }, [title, isRunning])
  return title
}
