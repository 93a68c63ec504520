import { ArrowUp, ListPlus, LoaderCircle, Square } from 'lucide-react'
import {
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  type SyntheticEvent,
  useEffect,
  useLayoutEffect,
} from 'react'
import { type Attachments, hasSendable, pastedImages } from '../client/attachments.ts'
import { chordOf } from '../client/key-chords.ts'
import { useServices } from '../services.ts'
import { isComposing } from '../ui/is-composing.ts'
import { isTouch } from '../ui/is-touch.ts'
import { useKeptFocus } from '../ui/use-kept-focus.ts'
import { useKeysText, useOffer } from '../use-commands.ts'
import { useSelected, useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { AttachButton, ImageTray } from './image-tray.tsx'

/** What the button does now. It says so in words, and Enter does the same. */
export type ComposerMode = 'send' | 'queue' | 'sending' | 'stop' | 'stopping'

interface ComposerProps {
  readonly text: string
  readonly onText: (text: string) => void
  readonly placeholder: string
  readonly mode: ComposerMode
  readonly onSend: () => void
  readonly onStop: () => void
  /** Sees each key first; true where it took it. */
  readonly onKey: (event: KeyboardEvent<HTMLTextAreaElement>) => boolean
  readonly inputRef: RefObject<HTMLTextAreaElement | null>
  /** Images that go with the text. More can be added where the model takes them. */
  readonly attachments: Attachments
  /** What stands above the text: the card, a line, a notice. */
  readonly children: ReactNode
}

/** Where people write. It is never locked: whatever happens, the text is theirs. */
export function Composer(props: ComposerProps) {
  const { text, inputRef, attachments } = props
  const { keys, models } = useServices()
  const takesImages = useSelected(models.state, (state) => state.models?.choice.capabilities?.vision === 'yes')
  const hasImages = hasSendable(useStore(attachments.state))
  const hasContent = text.trim() !== '' || hasImages
  const areaRef = useKeptFocus(inputRef)
  useGrowingHeight(inputRef, text)
  function onKeyDown(event: KeyboardEvent<HTMLTextAreaElement>): void {
    if (isComposing(event.nativeEvent) || props.onKey(event)) return
    const chord = chordOf(event.nativeEvent)
    if (chord === null || keys.commandOf(chord) !== 'send' || (chord === 'Enter' && isTouch())) return
    event.preventDefault()
    if (hasContent) props.onSend()
  }
  function takesFiles({ types }: DataTransfer): boolean {
    return takesImages && types.includes('Files')
  }
  function takeFiles(event: SyntheticEvent, files: readonly File[]): void {
    if (!takesImages || files.length === 0) return
    event.preventDefault()
    attachments.add(files)
  }
  return (
    <div
      ref={areaRef}
      className="mx-auto w-full max-w-measure px-3 low:sticky low:bottom-0 low:bg-paper pb-[max(0.75rem,env(safe-area-inset-bottom))] sm:px-5 sm:pb-5"
    >
      {/* from its end, which says what stands between the text and its being sent */}
      <div className="low:flex low:max-h-[40dvh] low:flex-col-reverse low:overflow-y-auto">
        <div>{props.children}</div>
      </div>
      <ImageTray attachments={attachments} />
      {/* biome-ignore lint/a11y/noStaticElementInteractions: files are dropped on it; the button does the same by keyboard */}
      <div
        onDragOver={(event) => takesFiles(event.dataTransfer) && event.preventDefault()}
        onDrop={(event) => takeFiles(event, [...event.dataTransfer.files])}
        className="flex items-end gap-1 sm:gap-2 rounded-large border border-edge/60 bg-raised p-2 shadow-card transition-colors focus-within:border-accent"
      >
        {takesImages && <AttachButton attachments={attachments} />}
        <textarea
          ref={inputRef}
          dir="auto"
          onPaste={(event) => takeFiles(event, pastedImages(event.clipboardData))}
          aria-label={words.composer.label}
          placeholder={props.placeholder}
          value={text}
          rows={1}
          onChange={(event) => props.onText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
          className="max-h-[40dvh] low:max-h-[25dvh] min-h-9 min-w-0 flex-1 resize-none field-sizing-content bg-transparent px-1.5 py-1.5 text-body leading-6 outline-none sm:px-2.5 placeholder:text-soft touch:min-h-11 touch:py-2.5"
        />
        <ComposerButton mode={props.mode} isEmpty={!hasContent} onSend={props.onSend} onStop={props.onStop} />
      </div>
    </div>
  )
}

interface ComposerButtonProps {
  readonly mode: ComposerMode
  readonly isEmpty: boolean
  readonly onSend: () => void
  readonly onStop: () => void
}

const QUIET = 'disabled:bg-ink/8 disabled:text-soft disabled:opacity-100'

const BUTTON =
  'inline-flex min-h-9 min-w-24 shrink-0 items-center justify-center gap-1.5 rounded-medium px-3.5 text-small font-medium transition-colors ' +
  'disabled:opacity-55 touch:min-h-11'

function ComposerButton({ mode, isEmpty, onSend, onStop }: ComposerButtonProps) {
  const sendKeys = useKeysText('send')
  const stopAndSendKeys = useKeysText('stopAndSend')
  const stopKeys = useKeysText('stop')
  if (mode === 'stop' || mode === 'stopping') {
    return (
      <button
        type="button"
        title={words.composer.stopHint(stopKeys)}
        disabled={mode === 'stopping'}
        onClick={onStop}
        className={`${BUTTON} bg-ink text-paper enabled:hover:bg-ink/85`}
      >
        <Square className="size-3.5 fill-current" aria-hidden="true" />
        {mode === 'stop' ? words.composer.stop : words.composer.stopping}
      </button>
    )
  }
  const Icon = { send: ArrowUp, queue: ListPlus, sending: LoaderCircle }[mode]
  return (
    <button
      type="button"
      title={mode === 'queue' ? words.composer.queueHint(sendKeys, stopAndSendKeys) : words.composer.sendHint(sendKeys)}
      disabled={isEmpty || mode === 'sending'}
      // The focus stays with the text.
      onPointerDown={(event) => event.preventDefault()}
      onClick={onSend}
      className={`${BUTTON} bg-accent text-on-accent enabled:hover:bg-accent/88 ${isEmpty ? QUIET : ''}`}
    >
      <Icon className={`size-4 ${mode === 'sending' ? 'animate-spin' : ''}`} aria-hidden="true" />
      {mode === 'queue' ? words.composer.queue : words.composer.send}
    </button>
  )
}

/** Ready to write in, except where that would slide a keyboard over what one came to read. */
export function useFocusAtStart(inputRef: RefObject<HTMLTextAreaElement | null>): void {
  useOffer('write', () => inputRef.current?.focus())
  useEffect(() => {
    if (!isTouch()) inputRef.current?.focus()
  }, [inputRef])
}

/** The box is as high as its text, up to the limit that the style sets; browsers that can do it by style are let. */
function useGrowingHeight(inputRef: RefObject<HTMLTextAreaElement | null>, text: string): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height follows the text
  useLayoutEffect(() => {
    const input = inputRef.current
    if (input === null || CSS.supports('field-sizing', 'content')) return
    input.style.height = 'auto'
    input.style.height = `${input.scrollHeight}px`
  }, [text, inputRef])
}
