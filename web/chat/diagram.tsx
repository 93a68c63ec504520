import { lazy, memo, Suspense, useContext } from 'react'
import { CodeBlock } from './code-block.tsx'
import { DiagramHeightsContext } from './diagram-heights.ts'

/** The names that people and models give to the language of diagrams. */
export function isDiagram(language: string): boolean {
  return language === 'mermaid' || language === 'mmd'
}

/** Fetched for the first diagram. */
const LateDiagram = lazy(loadDiagram)

/** A diagram from its text. Until it is drawn, and where it cannot be, it stands as the code that it is. */
export const Diagram = memo(function Diagram({ text }: { text: string }) {
  const heights = useContext(DiagramHeightsContext)
  const code = <CodeBlock code={text} language="mermaid" isWhole />
  if (heights === null) return code
  return (
    <Suspense fallback={code}>
      <LateDiagram key={text} text={text} heights={heights} />
    </Suspense>
  )
})

async function loadDiagram() {
  try {
    const { DrawnDiagram } = await import('./drawn-diagram.tsx')
    return { default: DrawnDiagram }
  } catch {
    // The server is away with the file: until the page is loaded again diagrams stand as their text.
    return { default: TextDiagram }
  }
}

function TextDiagram({ text }: { text: string }) {
  return <CodeBlock code={text} language="mermaid" isWhole />
}
