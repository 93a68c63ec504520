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
        <Button
          tone="plain"
          disabled={changes.size === 0}
          onClick={() => {
            keys.resetAll()
            top.current?.focus() // the button can no longer be pressed, and Escape needs a place in here
          }}
        >
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
        <KeysSwitch />
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

/** Turns all of them off and on: for those whose other tools need the same keys. */
function KeysSwitch() {
  const { keys } = useServices()
  const areOn = useStore(keys.areOn)
  return (
    <div className="mb-4">
      <label className="inline-flex min-h-9 cursor-pointer items-center gap-2 rounded-medium border border-line bg-raised px-3.5 py-1.5 text-small has-focus-visible:outline-2 has-focus-visible:outline-accent touch:min-h-11">
        <input
          type="checkbox"
          role="switch"
          checked={areOn}
          aria-checked={areOn}
          aria-describedby="keys-off-note"
          onChange={(event) => keys.setOn(event.currentTarget.checked)}
        />
        {words.keys.areOn}
      </label>
      <p id="keys-off-note" className="pt-1 text-note text-soft">
        {areOn ? words.keys.onNote : words.keys.offNote}
      </p>
    </div>
  )
}

function FixedKeys() {
  const areOn = useStore(useServices().keys.areOn)
  return (
    <section aria-label={words.keys.always}>
      <h3 className="pb-1 text-note text-soft">{words.keys.always}</h3>
      <ul>
        {FIXED_KEYS.filter(([, meaning]) => areOn || meaning !== 'take').map(([chord, meaning]) => (
          <li key={chord} className="flex min-h-9 flex-wrap items-center gap-x-3 text-small">
            <span className="min-w-0 flex-1 basis-48">{words.keys.fixed[meaning]}</span>
            <kbd className="text-note text-soft">{chordText(chord)}</kbd>
          </li>
        ))}
      </ul>
    </section>
  )
}
