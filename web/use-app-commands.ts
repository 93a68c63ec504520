import { useEffect } from 'react'
import { COMMANDS } from './client/commands.ts'
import { chordOf, isTyped } from './client/key-chords.ts'
import { useServices } from './services.ts'
import { useOffer } from './use-commands.ts'
import { useSelected } from './use-store.ts'

/** Offers what can be done from everywhere. */
export function useAppCommands(): void {
  const { location, app } = useServices()
  const hasSessions = useSelected(
    app.state,
    ({ sessions }) => sessions.status === 'ready' && sessions.sessions.length > 0,
  )
  function goTo(by: 1 | -1): void {
    const { sessions: list } = app.state.get()
    if (list.status !== 'ready') return
    const at = list.sessions.findIndex(({ id }) => id === location.session.get())
    // from the start the next one is the newest
    const next = list.sessions[at === -1 ? 0 : at + by]
    if (next !== undefined) location.openSession(next.id)
  }
  useOffer('newSession', location.openStart)
  useOffer('settings', location.openSettings)
  useOffer('nextSession', () => goTo(1), hasSessions)
  useOffer('previousSession', () => goTo(-1), hasSessions)
}

/** Does what the keys that are pressed anywhere mean. */
export function useAppKeys(): void {
  const { keys, commands } = useServices()
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      const chord = event.isComposing || event.defaultPrevented ? null : chordOf(event)
      if (chord === null || (isTyped(chord) && isBox(event.target))) return
      const id = keys.commandOf(chord)
      if (id === undefined || COMMANDS[id].place !== 'app') return
      const run = commands.offered.get().get(id)
      if (run !== undefined && run() !== false) event.preventDefault()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [keys, commands])
}

function isBox(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
}
