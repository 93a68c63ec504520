import { useEffect } from 'react'
import { COMMANDS, type CommandId } from './client/commands.ts'
import { chordOf, isTyped } from './client/key-chords.ts'
import { useServices } from './services.ts'
import { isComposing } from './ui/is-composing.ts'
import { useOffer } from './use-commands.ts'
import { useSelected } from './use-store.ts'

/** Offers what can be done from everywhere. `onLeave` is told when another place is shown. */
export function useAppCommands(onLeave: () => void): void {
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
  function leaveTo(open: () => void): void {
    open()
    onLeave()
  }
  useOffer('newSession', () => leaveTo(location.openStart))
  useOffer('settings', () => leaveTo(location.openSettings))
  useOffer('nextSession', () => goTo(1), hasSessions)
  useOffer('previousSession', () => goTo(-1), hasSessions)
}

/** Does what the keys that are pressed anywhere mean. Behind a dialog they do nothing, nor what the browser has them for. */
export function useAppKeys(): void {
  const { keys, commands } = useServices()
  useEffect(() => {
    function onKeyDown(event: KeyboardEvent): void {
      const chord = isComposing(event) || event.defaultPrevented ? null : chordOf(event)
      if (chord === null || (isTyped(chord) && isBox(event.target))) return
      const id = keys.commandOf(chord)
      if (id === undefined || COMMANDS[id].place !== 'app') return
      const run = commands.offered.get().get(id)
      if (run !== undefined && (isBehindDialog(id) || run() !== false)) event.preventDefault()
    }
    window.addEventListener('keydown', onKeyDown)
    return () => window.removeEventListener('keydown', onKeyDown)
  }, [keys, commands])
}

/** True where something lies over the page that does not offer the command itself. */
function isBehindDialog(id: CommandId): boolean {
  const top = [...document.querySelectorAll<HTMLElement>('[role=dialog], [role=alertdialog]')].at(-1)
  return top !== undefined && !top.dataset.offers?.split(' ').includes(id)
}

function isBox(target: EventTarget | null): boolean {
  return target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement
}
