import { X } from 'lucide-react'
import { useRef, useState } from 'react'
import { COMMAND_IDS, COMMANDS, type CommandId } from '../client/commands.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { FloatDialog } from '../ui/float-dialog.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { SCROLLED_BY_KEYBOARD } from '../ui/scrolled-by-keyboard.ts'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { chordText } from './chord-text.ts'
import { KeyRow } from './key-row.tsx'

const PLACES = ['app', 'box'] as const

/** What cannot be changed. */
const FIXED_KEYS = [
  ['Shift+Enter', 'newLine'],
  ['Escape', 'close'],
  ['ArrowDown', 'move'],
  ['1', 'take'],
] as const

/** All keys there are, each to be changed. */
export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  const { keys } = useServices()
  const changes = useStore(keys.changes)
  const [capturing, setCapturing] = useState<CommandId | null>(null)
  const [said, setSaid] = useState('')
  const top = useRef<HTMLDivElement | null>(null)
  return (
    <FloatDialog
      title={words.keys.heading}
      onClose={() => (capturing === null ? onClose() : setCapturing(null))}
      firstFocus={top}
      className="inset-x-0 top-[max(0.5rem,6dvh)] mx-auto flex max-h-[88dvh] low:top-2 low:max-h-[calc(100dvh-1rem)] w-[min(40rem,calc(100vw-1rem))] flex-col"
    >
      <div className="flex items-start gap-3 border-line border-b p-4 pe-2">
        <div className="min-w-0 flex-1">
          <p aria-hidden="true" className="font-semibold font-serif text-lead">
            {words.keys.heading}
          </p>
          <p className="text-note text-soft low:hidden">{words.keys.lead}</p>
        </div>
        <Button tone="plain" disabled={changes.size === 0} onClick={keys.resetAll}>
          {words.keys.resetAll}
        </Button>
        <IconButton label={words.keys.close} onClick={onClose}>
          <X className="size-4" aria-hidden="true" />
        </IconButton>
      </div>
      <div
        ref={top}
        className="min-h-0 overflow-y-auto rounded-b-large p-4 -outline-offset-2"
        {...SCROLLED_BY_KEYBOARD}
      >
        {PLACES.map((place) => (
          <section key={place} aria-label={words.keys.places[place]} className="mb-4">
            <h3 className="pb-1 text-note text-soft">{words.keys.places[place]}</h3>
            <ul>
              {COMMAND_IDS.filter((id) => COMMANDS[id].place === place).map((id) => (
                <KeyRow
                  key={id}
                  id={id}
                  isCapturing={capturing === id}
                  onCapture={(isCapturing) => setCapturing(isCapturing ? id : null)}
                  onSaid={setSaid}
                />
              ))}
            </ul>
          </section>
        ))}
        <FixedKeys />
      </div>
      <p role="status" className="sr-only">
        {said}
      </p>
    </FloatDialog>
  )
}

function FixedKeys() {
  return (
    <section aria-label={words.keys.always}>
      <h3 className="pb-1 text-note text-soft">{words.keys.always}</h3>
      <ul>
        {FIXED_KEYS.map(([chord, meaning]) => (
          <li key={chord} className="flex min-h-9 flex-wrap items-center gap-x-3 text-small">
            <span className="min-w-0 flex-1 basis-48">{words.keys.fixed[meaning]}</span>
            <kbd className="text-note text-soft">{chordText(chord)}</kbd>
          </li>
        ))}
      </ul>
    </section>
  )
}
