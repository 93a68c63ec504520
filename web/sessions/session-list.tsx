import { type KeyboardEvent, useMemo, useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { Virtualizer } from 'virtua'
import type { Session } from '../../protocol/session.ts'
import type { SessionListState } from '../client/session-list.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { useSelected, useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { DeleteSessionDialog } from './delete-session-dialog.tsx'
import { type ListRow, listRows } from './session-groups.ts'
import { SessionRow } from './session-row.tsx'

/** All sessions, what is pinned first, then newest first. `onOpened` closes the drawer that the list may stand in. */
export function SessionList({ onOpened }: { onOpened: () => void }) {
  const { app } = useServices()
  const list = useSelected(app.state, (state) => state.sessions)
  if (list.status === 'loading') return <LoadingList />
  if (list.status === 'unavailable') return <ListNote text={words.sessions.unavailable} />
  if (list.sessions.length === 0) return <ListNote text={words.sessions.empty} />
  return <ReadyList list={list} onOpened={onOpened} />
}

/** Nearer to the end than this, the next page is fetched. */
const NEAR_END_PX = 1_500

interface ReadyListProps {
  readonly list: Extract<SessionListState, { status: 'ready' }>
  readonly onOpened: () => void
}

/** Only what is near the screen stands in the page: ten thousand sessions cost no more than ten. */
function ReadyList({ list, onOpened }: ReadyListProps) {
  const { app } = useServices()
  const [deleting, setDeleting] = useState<Session | null>(null)
  const scrollerRef = useRef<HTMLElement | null>(null)
  const [keyedId, setKeyedId] = useState<Session['id'] | null>(null)
  const rows = useMemo(() => listRows(list.sessions, new Date()), [list.sessions])
  const hidden = list.total - list.sessions.length
  function loadNearEnd(): void {
    const scroller = scrollerRef.current
    if (scroller === null || hidden === 0) return
    if (scroller.scrollHeight - scroller.clientHeight - scroller.scrollTop < NEAR_END_PX) void app.loadMoreSessions()
  }
  function onKeyDown(event: KeyboardEvent): void {
    const next = sessionByKey(event, rows)
    if (next === null) return
    event.preventDefault()
    // it stands in the page from here on, wherever it is in the list; the focus brings it into sight
    flushSync(() => setKeyedId(next))
    focusLink(next)
  }
  function focusLink(id: string): boolean {
    const link = scrollerRef.current?.querySelector<HTMLElement>(`[data-session-link="${CSS.escape(id)}"]`)
    if (link) focusWhenDrawn(link)
    return link != null
  }
  /** The menu that opened the dialog may be gone with its session: the keys go on from the nearest one. */
  function closeDialog({ id }: Session): void {
    const [next] = neighboursOf(id, rows)
    setDeleting(null)
    requestAnimationFrame(() => {
      const isFree = document.activeElement === document.body
      if (isFree && !focusLink(id) && next !== undefined) focusLink(next)
    })
  }
  return (
    <nav
      ref={scrollerRef}
      aria-label={words.sessions.heading}
      onScroll={loadNearEnd}
      onKeyDown={onKeyDown}
      className="min-h-0 flex-1 overflow-y-auto px-2 pb-3"
    >
      <Rows rows={rows} keyedId={keyedId} onOpened={onOpened} onDelete={setDeleting} />
      {hidden > 0 && (
        <Button tone="plain" className="mt-2 w-full" onClick={() => void app.loadMoreSessions()}>
          {words.sessions.more(hidden)}
        </Button>
      )}
      {deleting !== null && <DeleteSessionDialog session={deleting} onClose={() => closeDialog(deleting)} />}
    </nav>
  )
}

interface RowsProps {
  readonly rows: readonly ListRow[]
  /** The session that the keys have gone to last: its row is never taken out of the page. */
  readonly keyedId: Session['id'] | null
  readonly onOpened: () => void
  readonly onDelete: (session: Session) => void
}

function Rows({ rows, keyedId, onOpened, onDelete }: RowsProps) {
  const { app, location, unread } = useServices()
  const openId = useStore(location.session)
  const activeTurns = useSelected(app.state, (state) => state.activeTurns)
  const unreadIds = useStore(unread.sessions)
  const kept = useMemo(() => rows.findIndex((row) => row.key === keyedId), [rows, keyedId])
  return (
    <Virtualizer data={rows} as="ul" item="li" {...(kept >= 0 && { keepMounted: [kept] })}>
      {(row) =>
        row.type === 'heading' ? (
          <h2 key={row.key} className="px-3 pt-4 pb-1 text-note text-soft">
            {row.key === 'pinned' ? words.pins.heading : words.sessions[row.key]}
          </h2>
        ) : (
          <SessionRow
            key={row.key}
            session={row.session}
            isOpen={row.key === openId}
            isRunning={activeTurns.has(row.key)}
            isUnread={unreadIds.has(row.key) && row.key !== openId}
            onOpened={onOpened}
            onDelete={onDelete}
          />
        )
      }
    </Virtualizer>
  )
}

/** A row is hidden until its height is known, and what is hidden takes no focus: that is a frame or a few. */
const MAX_FRAMES = 60

function focusWhenDrawn(link: HTMLElement, framesLeft = MAX_FRAMES): void {
  link.focus()
  if (document.activeElement === link || framesLeft === 0) return
  requestAnimationFrame(() => focusWhenDrawn(link, framesLeft - 1))
}

/** Where the arrow keys, Home and End go from the session that has the focus; null for all other keys. */
function sessionByKey(event: KeyboardEvent, rows: readonly ListRow[]): Session['id'] | null {
  const from = event.target instanceof HTMLAnchorElement ? event.target.dataset.sessionLink : undefined
  if (from === undefined || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return null
  const ids = rows.flatMap((row) => (row.type === 'session' ? [row.key] : []))
  const at = ids.map(String).indexOf(from)
  const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: ids.length - 1 }[event.key]
  return next === undefined ? null : (ids[next] ?? null)
}

/** The session after this one, and the one before; of the last there is only that. */
function neighboursOf(id: Session['id'], rows: readonly ListRow[]): readonly Session['id'][] {
  const ids = rows.flatMap((row) => (row.type === 'session' ? [row.key] : []))
  const at = ids.indexOf(id)
  return [ids[at + 1], ids[at - 1]].flatMap((neighbour) => neighbour ?? [])
}

function LoadingList() {
  return (
    <div role="status" className="flex flex-1 animate-soon flex-col gap-3 px-5 pt-6">
      <span className="sr-only">{words.sessions.loading}</span>
      {['w-4/5', 'w-3/5', 'w-11/12', 'w-2/3'].map((width) => (
        <div key={width} className={`h-4 animate-breathe rounded-small bg-line ${width}`} />
      ))}
    </div>
  )
}

function ListNote({ text }: { text: string }) {
  return (
    <p role="status" className="flex-1 px-5 pt-6 text-small text-soft">
      {text}
    </p>
  )
}
