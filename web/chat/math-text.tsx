import { lazy, memo, Suspense } from 'react'
import { type MathProps, WrittenMath } from './written-math.tsx'

/** Nobody reads a formula longer than this, and laying it out would hold up the page. */
const MAX_LENGTH = 4_000

/** A formula. Until what draws it is there, and where it cannot be drawn, it stands as it was written. */
export const MathText = memo(function MathText({ tex, isDisplay }: MathProps) {
  if (tex.length > MAX_LENGTH) return <WrittenMath tex={tex} isDisplay={isDisplay} state="plain" />
  return (
    <Suspense fallback={<WrittenMath tex={tex} isDisplay={isDisplay} state="waiting" />}>
      <LateMath key={tex} tex={tex} isDisplay={isDisplay} />
    </Suspense>
  )
})

/** Fetched for the first formula; from then on formulas are drawn at once. */
const LateMath = lazy(async () => ({ default: await loadMath() }))

async function loadMath() {
  try {
    const [{ DrawnMath }, { fontsAreThere }] = await Promise.all([
      import('./drawn-math.tsx'),
      import('./math-engine.ts'),
    ])
    await fontsAreThere
    return DrawnMath
  } catch {
    // The server is away with the files that it takes: until the page is loaded again formulas stand as they were written.
    return PlainMath
  }
}

function PlainMath(props: MathProps) {
  return <WrittenMath {...props} state="plain" />
}
