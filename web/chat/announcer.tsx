import { useEffect, useReducer } from 'react'
import type { Queue } from '../../protocol/queue.ts'
import type { OpenSession } from '../client/open-sessions.ts'
import type { SessionFeedState } from '../client/session-feed.ts'
import type { MessageView } from '../client/session-view.ts'
import { useServices } from '../services.ts'
import { words } from '../words.ts'

/** Says the boundaries of a turn to those who hear the page, and nothing in between. */
export function Announcer({ session }: { session: OpenSession }) {
  const [said, say] = useReducer(nextSaid, NOTHING_SAID)
  const { app } = useServices()
  useEffect(() => {
    const queueNow = () => app.state.get().queues.get(session.sessionId)
    let before = queueNow()
    return app.state.subscribe(() => {
      const now = queueNow()
      const news = announceQueue(before, now)
      before = now
      if (news !== null) say(news)
    })
  }, [app, session])
  useEffect(() => {
    let before = session.feed.state.get()
    return session.feed.state.subscribe(() => {
      const now = session.feed.state.get()
      const news = announcementBetween(before, now)
      before = now
      if (news !== null) say(news)
    })
  }, [session])
  return (
    <p data-testid="announcer" aria-live="polite" className="sr-only">
      <span key={said.nth}>{said.text}</span>
    </p>
  )
}

interface Said {
  readonly text: string
  /** What is said a second time is told of only where it is another element. */
  readonly nth: number
}

const NOTHING_SAID: Said = { text: '', nth: 0 }

function nextSaid({ nth }: Said, text: string): Said {
  return { text, nth: nth + 1 }
}

/** What is worth saying about what waits: that it has become more, or that it goes on no more. */
export function announceQueue(before: Queue | undefined, now: Queue | undefined): string | null {
  if (now === undefined || before === now) return null
  if (now.paused !== null && (before?.paused ?? null) === null) return words.queue.paused[now.paused.reason]
  const count = now.messages.length
  return count > (before?.messages.length ?? 0) ? words.announce.queued(count) : null
}

/** What is worth saying about a change; null for one that is not, such as another word of the answer. */
export function announcementBetween(before: SessionFeedState, now: SessionFeedState): string | null {
  if (before.status !== 'ready' || now.status !== 'ready') return null
  const wasLive = before.view.live
  const isLive = now.view.live
  if (wasLive !== null && isLive?.turnId !== wasLive.turnId) {
    const ended = now.view.settled.findLast((message) => message.messageId === wasLive.assistant.messageId)
    if (ended !== undefined) return announceEnd(ended)
  }
  if (isLive !== null && wasLive?.turnId !== isLive.turnId) return words.announce.answering
  if (wasLive !== null && isLive !== null) return announceTools(wasLive.assistant, isLive.assistant)
  if (before.connection === 'reconnecting' && now.connection === 'live') return words.announce.reconnected
  if (before.connection === 'live' && now.connection === 'reconnecting') return words.announce.reconnecting
  return null
}

function announceEnd(message: MessageView): string | null {
  switch (message.outcome?.status) {
    case 'completed':
      return words.announce.complete(countWords(message.content))
    case 'cancelled':
      return words.announce.stopped
    case 'failed':
      return words.announce.failed
    case 'interrupted':
      return words.announce.interrupted
    case undefined:
      return null
  }
}

function announceTools(before: MessageView, now: MessageView): string | null {
  if (before === now) return null
  const finished = finishedCalls(now)
  if (finished.length === finishedCalls(before).length) return null
  const last = finished.at(-1)
  return last === undefined ? null : words.announce.usedTool(last.tool)
}

function finishedCalls(message: MessageView) {
  const calls = message.steps.flatMap((step) => step.toolCalls)
  return calls.filter((call) => call.state !== 'requested' && call.state !== 'started')
}

function countWords(text: string): number {
  return text.split(/\s+/).filter((word) => word !== '').length
}
