import { memo, useEffect, useRef, useState } from 'react'

interface MathTextProps {
  readonly tex: string
  readonly isDisplay: boolean
}

/** Nobody reads a formula longer than this, and laying it out would hold up the page. */
const MAX_LENGTH = 4_000

/** A formula. Until what draws it is there, and where it cannot be drawn, it stands as it was written. */
export const MathText = memo(function MathText({ tex, isDisplay }: MathTextProps) {
  const targetRef = useRef<HTMLSpanElement | null>(null)
  const [state, setState] = useState<'waiting' | 'drawn' | 'plain'>(tex.length > MAX_LENGTH ? 'plain' : 'waiting')
  useEffect(() => {
    if (tex.length > MAX_LENGTH) return
    const wanted = new AbortController()
    void draw(tex, isDisplay, () => (wanted.signal.aborted ? null : targetRef.current)).then(setState)
    return () => wanted.abort()
  }, [tex, isDisplay])
  return (
    <span data-math={state} className={isDisplay ? 'block overflow-x-auto overflow-y-hidden py-1 text-center' : ''}>
      {state !== 'drawn' && <code>{tex}</code>}
      <span ref={targetRef} hidden={state !== 'drawn'} />
    </span>
  )
})

async function draw(tex: string, isDisplay: boolean, target: () => HTMLElement | null): Promise<'drawn' | 'plain'> {
  try {
    const { drawMath } = await import('./math-engine.ts')
    const element = target()
    if (element !== null) drawMath(tex, element, isDisplay)
    return 'drawn'
  } catch {
    // The formula is none, or more than can be laid out; or the server is away with the files that it takes.
    return 'plain'
  }
}
