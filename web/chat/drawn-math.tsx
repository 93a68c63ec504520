import { useLayoutEffect, useRef, useState } from 'react'
import { drawMath } from './math-engine.ts'
import { type MathProps, mathClass, WrittenMath } from './written-math.tsx'

/** A formula, laid out before it is shown, so that it moves nothing around it; as it was written where it is none. */
export function DrawnMath({ tex, isDisplay }: MathProps) {
  const targetRef = useRef<HTMLSpanElement | null>(null)
  const [isPlain, setIsPlain] = useState(false)
  useLayoutEffect(() => {
    const target = targetRef.current
    if (target !== null) setIsPlain(!drawMath(tex, target, isDisplay))
  }, [tex, isDisplay])
  if (isPlain) return <WrittenMath tex={tex} isDisplay={isDisplay} state="plain" />
  return (
    <span data-math="drawn" className={mathClass(isDisplay)}>
      <span ref={targetRef} />
    </span>
  )
}
