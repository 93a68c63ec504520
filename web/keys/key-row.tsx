import { type KeyboardEvent, useEffect, useRef, useState } from 'react'
import type { CommandId } from '../client/commands.ts'
import type { BindResult } from '../client/key-bindings.ts'
import { chordOf } from '../client/key-chords.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { chordsText, chordText } from './chord-text.ts'

interface KeyRowProps {
  readonly id: CommandId
  /** The next keys that are pressed become its own. */
  readonly isCapturing: boolean
  readonly onCapture: (isCapturing: boolean) => void
  /** For those who hear the page. */
  readonly onSaid: (text: string) => void
}

type Refusal = { readonly chord: string; readonly result: Exclude<BindResult, { status: 'bound' }> }

/** A command, its keys, and the way to change them. */
export function KeyRow({ id, isCapturing, onCapture, onSaid }: KeyRowProps) {
  const { keys } = useServices()
  const changes = useStore(keys.changes)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const changeRef = useRef<HTMLButtonElement | null>(null)
  const label = words.commands[id]

  function take(chord: string, takeOver: boolean): void {
    const result = keys.bind(id, chord, takeOver)
    setRefusal(result.status === 'bound' ? null : { chord, result })
    onCapture(false)
    if (result.status === 'bound') onSaid(words.keys.changed(label, chordText(chord)))
    changeRef.current?.focus()
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (!isCapturing || event.key === 'Escape' || event.key === 'Tab') return
    event.preventDefault()
    event.stopPropagation() // these keys do nothing else now
    const chord = chordOf(event)
    if (chord !== null) take(chord, false)
  }
  return (
    <li className="flex flex-wrap items-center gap-x-1 gap-y-1 text-small" data-command={id}>
      <CommandLine name={label} keysText={chordsText(keys.keysOf(id))} />
      <span className="-me-3.5 ms-auto flex">
        {changes.has(id) && (
          <Button
            tone="plain"
            aria-label={words.keys.resetOf(label)}
            onClick={() => {
              keys.reset(id)
              changeRef.current?.focus()
            }}
          >
            {words.keys.reset}
          </Button>
        )}
        <button
          ref={changeRef}
          type="button"
          aria-label={words.keys.changeOf(label)}
          aria-pressed={isCapturing}
          onKeyDown={onKeyDown}
          onBlur={() => isCapturing && onCapture(false)}
          onClick={() => {
            setRefusal(null)
            onCapture(!isCapturing)
          }}
          className="min-h-9 rounded-medium px-3.5 py-1.5 font-medium text-small transition-colors hover:bg-ink/7 aria-pressed:bg-accent aria-pressed:text-on-accent touch:min-h-11"
        >
          {words.keys.change}
        </button>
      </span>
      {isCapturing && <Note text={words.keys.press} />}
      {refusal !== null && !isCapturing && (
        <div className="flex basis-full flex-wrap items-center gap-2 pb-2">
          <Note text={refusalText(refusal)} />
          {refusal.result.status === 'taken' && (
            <TakeOver onTake={() => take(refusal.chord, true)} onLeave={() => setRefusal(null)} />
          )}
        </div>
      )}
    </li>
  )
}

/** What is done, and by which keys: beside it, or on a small screen below it. */
function CommandLine({ name, keysText }: { name: string; keysText: string }) {
  return (
    <span className="flex min-w-0 flex-1 basis-36 flex-col sm:flex-row sm:items-center sm:gap-3">
      <span className="min-w-0 sm:flex-1">{name}</span>
      <kbd className="text-note text-soft">{keysText}</kbd>
    </span>
  )
}

function Note({ text }: { text: string }) {
  return (
    <p role="status" className="min-w-0 flex-1 basis-48 text-note text-soft">
      {text}
    </p>
  )
}

function TakeOver({ onTake, onLeave }: { onTake: () => void; onLeave: () => void }) {
  const ref = useRef<HTMLDivElement | null>(null)
  useEffect(() => ref.current?.querySelector('button')?.focus(), [])
  return (
    <div ref={ref} className="flex gap-1.5">
      <Button onClick={onLeave}>{words.keys.leave}</Button>
      <Button tone="strong" onClick={onTake}>
        {words.keys.takeOver}
      </Button>
    </div>
  )
}

function refusalText({ chord, result }: Refusal): string {
  const keys = chordText(chord)
  if (result.status === 'taken') return words.keys.refused.taken(keys, words.commands[result.by])
  return words.keys.refused[result.status](keys)
}
