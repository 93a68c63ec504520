import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { OnBusy } from '../../protocol/requests.ts'
import { hasSendable } from '../client/attachments.ts'
import { chordOf } from '../client/key-chords.ts'
import type { OpenSession } from '../client/open-sessions.ts'
import { wordsBeyond } from '../client/send-line.ts'
import type { SessionFeedState } from '../client/session-feed.ts'
import { type HeldTurn, holderAfterRefusal, holderOfLiveTurn, withUnlogged } from '../client/turn-holder.ts'
import type { SendState } from '../client/turn-sender.ts'
import { useServices } from '../services.ts'
import { useOffer } from '../use-commands.ts'
import { useSelected, useSelectedFields, useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { Composer, type ComposerMode, useFocusAtStart } from './composer.tsx'
import { HolderCard } from './holder-card.tsx'
import { type CardChoice, type HolderCardState, holderCardState, readCardKey } from './holder-card-state.ts'
import { QueuePanel } from './queue-panel.tsx'
import { SendNotice } from './send-notice.tsx'
import { useAskingBeforeStop } from './stop-program-dialog.tsx'
import { TurnLine } from './turn-line.tsx'

interface SessionComposerProps {
  readonly session: OpenSession
  /** Scrolls to the live end of the conversation. */
  readonly onWatch: () => void
}

/** The composer of one session, and above it whatever stands between the text and its being sent. */
export function SessionComposer({ session, onWatch }: SessionComposerProps) {
  const { app, drafts, newSession, keys } = useServices()
  const { sessionId, sender, queue } = session
  const text = useStore(drafts.of(sessionId))
  const send = useStore(sender.state)
  const stopping = useStore(sender.stopping)
  const card = useCard(session, text)
  const turn = useLiveHolder(session, send)
  const inputRef = useRef<HTMLTextAreaElement | null>(null)
  const [selected, setSelected] = useState<CardChoice | null>(null)
  const hasImages = hasSendable(useStore(session.attachments.state))
  const isEmpty = wordsBeyond(send.status === 'sending' ? send : null, text).trim() === '' && !hasImages
  const { stopBy, dialog } = useAskingBeforeStop(turn)
  const mode = composerMode({ send, turn, stopping: stopping !== null && stopping === turn?.turnId, isEmpty })

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new card, or one that turned, begins with nothing selected
  useEffect(() => setSelected(null), [card?.status, card?.isFresh])
  useFocusAtStart(inputRef)
  useOffer('stop', stop, mode === 'stop')

  async function say(onBusy: OnBusy): Promise<void> {
    await sender.send(onBusy)
    if (sender.state.get().status === 'accepted') onWatch()
  }
  function choose(choice: CardChoice): void {
    if (choice === 'watch') sender.dismiss()
    if (choice === 'watch') onWatch()
    if (choice === 'queue') void say('queue')
    if (choice === 'stop') stopAndSend()
    if (choice === 'send') void say('reject')
    if (choice === 'branch') void newSession.branchFrom(sessionId)
  }
  function stop(): void {
    if (turn !== null) stopBy(() => void sender.stop(turn.turnId))
  }
  function stopAndSend(): void {
    if (!isEmpty) stopBy(() => void say('interrupt'))
  }
  function onKey(event: KeyboardEvent): boolean {
    const chord = chordOf(event.nativeEvent)
    const command = chord === null ? undefined : keys.commandOf(chord)
    if (command === 'stopAndSend') {
      event.preventDefault()
      stopAndSend()
      return true
    }
    const isPlain = !(event.shiftKey || event.ctrlKey || event.metaKey || event.altKey)
    // without keys its choices are reached by Tab
    if (card !== null && isPlain) return onCardKey(event, keys.areOn.get() ? card : { ...card, isFresh: false })
    if (command === 'editWaiting' && text === '') return editLast(event)
    if (command !== 'stop' || mode !== 'stop') return false
    stop()
    return true
  }
  function editLast(event: KeyboardEvent): boolean {
    const waiting = app.state.get().queues.get(sessionId)?.messages ?? []
    const edited = queue.edit.get()?.turnId
    const message = waiting.find((one) => one.turn_id === edited) ?? waiting.at(-1)
    if (message === undefined) return false
    event.preventDefault() // the key would move the caret of the editor
    queue.beginEdit(message)
    return true
  }
  function onCardKey(event: KeyboardEvent, open: HolderCardState): boolean {
    const meaning = readCardKey(event.key, open, selected)
    if (meaning === null) return false
    event.preventDefault()
    if (meaning.type === 'close') sender.dismiss()
    if (meaning.type === 'select') setSelected(meaning.choice)
    if (meaning.type === 'choose') choose(meaning.choice)
    return true
  }

  return (
    <Composer
      text={text}
      onText={(next) => drafts.set(sessionId, next)}
      placeholder={placeholderOf(turn)}
      mode={mode}
      onSend={() => void say(mode === 'queue' ? 'queue' : 'reject')}
      onStop={stop}
      onKey={onKey}
      inputRef={inputRef}
      attachments={session.attachments}
    >
      {dialog}
      <QueuePanel session={session} onEdited={() => inputRef.current?.focus()} />
      <SendNotice state={send} onDismiss={sender.dismiss} />
      {card !== null && (
        <HolderCard
          card={card}
          selected={selected}
          isBranching={send.status === 'busy' && send.isBranching}
          canSend={!isEmpty}
          onChoose={choose}
        />
      )}
      {card === null && turn !== null && (
        <TurnLine
          turn={turn}
          isStopping={mode === 'stopping' || stopping === turn.turnId}
          offersStop={mode !== 'stop'}
          onStop={stop}
          onStopAndSend={mode === 'queue' ? stopAndSend : null}
        />
      )}
    </Composer>
  )
}

function useCard(session: OpenSession, text: string): HolderCardState | null {
  const send = useStore(session.sender.state)
  const holder = useSelectedFields(session.feed.state, (state) =>
    send.status === 'busy' ? holderAfterRefusal(send.heldBy, state) : null,
  )
  const turn = useUnlogged(session, holder)
  return send.status === 'busy' ? holderCardState(send, turn, text) : null
}

/** The turn with its place in the line, and with what its model has read. */
function useUnlogged({ sessionId }: OpenSession, turn: HeldTurn | null): HeldTurn | null {
  const { app } = useServices()
  const active = useSelected(app.state, (state) => state.activeTurns.get(sessionId))
  return turn && withUnlogged(turn, active)
}

/** The turn that runs now; it changes only with what is shown of it, not with each word it writes. */
function useLiveHolder(session: OpenSession, send: SendState): HeldTurn | null {
  const turn = useSelectedFields(session.feed.state, (state) => holderShown(state, send))
  return useUnlogged(session, turn)
}

function holderShown(feed: SessionFeedState, send: SendState): HeldTurn | null {
  if (feed.status !== 'ready' || feed.view.live === null) return null
  const { live } = feed.view
  // The log may tell of a turn before the answer to the request that started it has arrived.
  const isOnItsWay = send.status === 'sending' && live.user.content === send.message
  return holderOfLiveTurn(live, isOnItsWay || feed.ownTurnIds.has(live.turnId))
}

function placeholderOf(turn: HeldTurn | null): string {
  if (turn === null) return words.composer.placeholder
  return turn.isOwn ? words.composer.placeholderQueue : words.composer.placeholderBusy
}

interface ModeFacts {
  readonly send: SendState
  readonly turn: HeldTurn | null
  readonly stopping: boolean
  readonly isEmpty: boolean
}

function composerMode({ send, turn, stopping, isEmpty }: ModeFacts): ComposerMode {
  if (send.status === 'sending') return isEmpty ? 'sending' : 'send'
  if (turn === null || !turn.isOwn) return 'send'
  if (!isEmpty) return 'queue'
  return stopping || turn.phase === 'stopping' ? 'stopping' : 'stop'
}
