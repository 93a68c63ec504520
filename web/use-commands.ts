import { useEffect, useRef } from 'react'
import type { CommandId, RunCommand } from './client/commands.ts'
import { chordText } from './keys/chord-text.ts'
import { useServices } from './services.ts'
import { useStore } from './use-store.ts'

/** Offers a command for as long as the component is there and `isPossible`. */
export function useOffer(id: CommandId, run: RunCommand, isPossible = true): void {
  const { commands } = useServices()
  const latest = useRef(run)
  useEffect(() => {
    latest.current = run
  })
  useEffect(() => (isPossible ? commands.offer(id, () => latest.current()) : undefined), [commands, id, isPossible])
}

/** How the keys of a command are written; empty where it has none, or they are off. */
export function useKeysText(id: CommandId): string {
  const { keys } = useServices()
  useStore(keys.changes)
  useStore(keys.areOn)
  const [first] = keys.keysOf(id)
  return first === undefined || !keys.isOn(id) ? '' : chordText(first)
}
