import { Search, Settings, SquarePen } from 'lucide-react'
import { useServices } from '../services.ts'
import { ThemeMenu } from '../settings/theme-menu.tsx'
import { Button } from '../ui/button.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { ShellMark } from '../ui/shell-mark.tsx'
import { words } from '../words.ts'
import { ImportButton } from './import-button.tsx'
import { SessionList } from './session-list.tsx'

interface SessionsPaneProps {
  readonly onOpened: () => void
  readonly onSearch: () => void
}

/** The side of the app: its name, the way to a new session, and the sessions there are. */
export function SessionsPane({ onOpened, onSearch }: SessionsPaneProps) {
  const { location } = useServices()
  function startNew(): void {
    location.openStart()
    onOpened()
  }
  function openSettings(): void {
    location.openSettings()
    onOpened()
  }
  return (
    <>
      <header className="flex h-14 shrink-0 items-center gap-2 ps-5 pe-3">
        <ShellMark className="size-6 text-accent" />
        <span className="flex-1 font-semibold font-serif text-lead">{words.appName}</span>
        <IconButton label={words.settings.open} onClick={openSettings}>
          <Settings className="size-4" aria-hidden="true" />
        </IconButton>
        <ThemeMenu />
      </header>
      <div className="flex flex-wrap items-center gap-1 px-3 pt-1">
        <Button className="min-w-0 flex-1 justify-start" onClick={startNew}>
          <SquarePen className="size-4 text-accent" aria-hidden="true" />
          {words.sessions.create}
        </Button>
        <IconButton label={words.search.open} onClick={onSearch}>
          <Search className="size-4" aria-hidden="true" />
        </IconButton>
        <ImportButton onOpened={onOpened} />
      </div>
      <SessionList onOpened={onOpened} />
    </>
  )
}
