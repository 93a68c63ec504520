import { type RefObject, useCallback, useEffect, useRef, useState } from 'react'
import { useServices } from '../services.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { useMediaQuery } from '../ui/use-media-query.ts'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { CodeBlock } from './code-block.tsx'
import type { DiagramHeights } from './diagram-heights.ts'

/*
 * The page's side of a diagram (D17). The drawing is made in a frame without an origin, of which the page believes one number.
 * Each frame costs as much as a page, so only what is near the screen has one.
 */

interface DrawnDiagramProps {
  readonly text: string
  readonly heights: DiagramHeights
}

/** Longer ones take the library seconds, and nobody reads them. */
const MAX_LENGTH = 20_000
const MAX_HEIGHT_PX = 2_000
/** A drawing that takes longer never comes. */
const DRAWING_LIMIT_MS = 15_000

export function DrawnDiagram({ text, heights }: DrawnDiagramProps) {
  const [height, setHeight] = useState(text.length > MAX_LENGTH ? 0 : heights.get(text))
  const [wantsText, setWantsText] = useState(false)
  const figureRef = useRef<HTMLElement | null>(null)
  const isNear = useIsNear(figureRef)
  const takeHeight = useCallback(
    (next: number) => {
      heights.set(text, next)
      setHeight(next)
    },
    [heights, text],
  )
  const state = height === undefined ? 'waiting' : height > 0 ? 'drawn' : 'plain'
  const showsText = state !== 'drawn' || wantsText
  return (
    <figure ref={figureRef} data-diagram={state} className="flex flex-col gap-1">
      {showsText && <CodeBlock code={text} language="mermaid" isWhole />}
      {state === 'plain' && <figcaption className="text-note text-soft">{words.diagram.failed}</figcaption>}
      {wantsText && (
        <div>
          <Switch label={words.diagram.showDrawing} onClick={() => setWantsText(false)} />
        </div>
      )}
      {state !== 'plain' && (
        <div className={showsText ? 'h-0 overflow-hidden' : CARD}>
          {!showsText && <Caption text={text} onShowText={() => setWantsText(true)} />}
          <div style={{ height: height ?? 0 }} className="m-4">
            {isNear && <Frame text={text} onHeight={takeHeight} isHidden={showsText} />}
          </div>
        </div>
      )}
    </figure>
  )
}

const CARD = 'overflow-hidden rounded-medium border border-line bg-raised'

function Caption({ text, onShowText }: { text: string; onShowText: () => void }) {
  return (
    <figcaption className="flex min-h-9 items-center gap-1 border-line border-b ps-4 pe-1 text-note text-soft">
      <span translate="no" className="flex-1 font-mono">
        mermaid
      </span>
      <Switch label={words.diagram.showText} onClick={onShowText} />
      <CopyButton text={text} label={words.code.copy} words={words.chat} />
    </figcaption>
  )
}

function Switch({ label, onClick }: { label: string; onClick: () => void }) {
  return (
    <button
      type="button"
      onClick={onClick}
      className="inline-flex min-h-7 items-center rounded-small px-2 text-note text-soft transition-colors hover:bg-ink/7 hover:text-ink touch:min-h-11"
    >
      {label}
    </button>
  )
}

interface FrameProps {
  readonly text: string
  readonly isHidden: boolean
  readonly onHeight: (height: number) => void
}

function Frame({ text, isHidden, onHeight }: FrameProps) {
  const frameRef = useRef<HTMLIFrameElement | null>(null)
  const isDark = useIsDark()
  useEffect(() => {
    const limit = setTimeout(() => onHeight(0), DRAWING_LIMIT_MS)
    function onMessage({ source, data }: MessageEvent<unknown>): void {
      if (source === null || source !== frameRef.current?.contentWindow || typeof data !== 'number') return
      clearTimeout(limit)
      onHeight(data > 0 ? Math.min(data, MAX_HEIGHT_PX) : 0)
    }
    window.addEventListener('message', onMessage)
    return () => {
      clearTimeout(limit)
      window.removeEventListener('message', onMessage)
    }
  }, [onHeight])
  return (
    <iframe
      ref={frameRef}
      title={words.diagram.title}
      sandbox="allow-scripts"
      src={`/diagram.html#${isDark ? 'dark' : 'light'}`}
      // the frame has no origin that could be named
      onLoad={() => frameRef.current?.contentWindow?.postMessage(text, '*')}
      tabIndex={-1}
      aria-hidden={isHidden}
      className="block size-full border-0"
    />
  )
}

function useIsDark(): boolean {
  const { preferences } = useServices()
  const theme = useStore(preferences.theme)
  const isSystemDark = useMediaQuery('(prefers-color-scheme: dark)')
  return theme === 'system' ? isSystemDark : theme === 'dark'
}

/** True while it is not much further away than the screen is high. */
function useIsNear(ref: RefObject<HTMLElement | null>): boolean {
  const [isNear, setIsNear] = useState(false)
  useEffect(() => {
    const element = ref.current
    if (element === null) return
    const root = element.closest('[role=log]')
    const observer = new IntersectionObserver((entries) => setIsNear(entries.at(-1)?.isIntersecting === true), {
      root,
      rootMargin: '100% 0px',
    })
    observer.observe(element)
    return () => observer.disconnect()
  }, [ref])
  return isNear
}
