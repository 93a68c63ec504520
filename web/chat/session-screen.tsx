import { type ReactNode, useEffect, useMemo } from 'react'
import type { SessionId } from '../../protocol/ids.ts'
import { NEW_SESSION_DRAFT } from '../client/drafts.ts'
import type { OpenSession } from '../client/open-sessions.ts'
import { transcriptPart } from '../lazy-parts.tsx'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { useSelected, useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { Announcer } from './announcer.tsx'
import { ConnectionLine } from './connection-line.tsx'
import { LoadingSession } from './loading-session.tsx'
import { SessionComposer } from './session-composer.tsx'
import { useBottomAnchor } from './stick-to-bottom.ts'

/** One session, in each of its states. The composer stands in all of them but one: what is not there takes no message. */
export function SessionScreen({ sessionId }: { sessionId: SessionId }) {
  const session = useOpenSession(sessionId)
  const anchor = useBottomAnchor()
  const status = useSelected(session.feed.state, (state) => state.status)
  if (status === 'missing') return <MissingSession sessionId={sessionId} />
  return (
    <>
      {status === 'loading' && <LoadingSession />}
      {status === 'unavailable' && <Notice title={words.chat.unavailableTitle} body={words.chat.unavailableBody} />}
      {status === 'ready' && <transcriptPart.Part session={session} anchor={anchor} />}
      <ConnectionLine session={session} />
      <SessionComposer session={session} onWatch={anchor.stick} />
      <Announcer session={session} />
    </>
  )
}

/** Follows the session for as long as it is on the screen. */
function useOpenSession(sessionId: SessionId): OpenSession {
  const { sessions, reportFailure } = useServices()
  const session = useMemo(() => sessions.open(sessionId), [sessions, sessionId])
  useEffect(() => {
    const closing = new AbortController()
    session.feed.run(closing.signal).catch(reportFailure)
    return () => closing.abort()
  }, [session, reportFailure])
  return session
}

function MissingSession({ sessionId }: { sessionId: SessionId }) {
  const { drafts, location, newSession, sessions } = useServices()
  const { attachments } = sessions.open(sessionId)
  const hasText = useStore(drafts.of(sessionId)).trim() !== ''
  const hasImages = useStore(attachments.state).length > 0
  const hasDraft = hasText || hasImages
  function startNew(): void {
    if (hasText) drafts.move(sessionId, NEW_SESSION_DRAFT)
    newSession.attachments.takeOver(attachments)
    location.openStart()
  }
  return (
    <Notice title={words.chat.missingTitle} body={words.chat.missingBody}>
      <Button tone="strong" onClick={startNew}>
        {hasDraft ? words.chat.missingActionWithDraft : words.chat.missingAction}
      </Button>
    </Notice>
  )
}

interface NoticeProps {
  readonly title: string
  readonly body: string
  readonly children?: ReactNode
}

function Notice({ title, body, children }: NoticeProps) {
  return (
    <div role="status" className="flex flex-1 flex-col items-center justify-center gap-3 px-6 pb-24 text-center">
      <h2 className="font-serif text-title">{title}</h2>
      <p className="max-w-card text-small text-soft">{body}</p>
      {children}
    </div>
  )
}
