import { createContext } from 'react'

/** How high a drawing was, by its text: a diagram that comes into sight again takes its room at once. */
export interface DiagramHeights {
  readonly get: (text: string) => number | undefined
  readonly set: (text: string, height: number) => void
}

const MAX_KEPT = 500

export function createDiagramHeights(): DiagramHeights {
  const heights = new Map<string, number>()
  return {
    get: (text) => heights.get(text),
    set: (text, height) => {
      const [oldest] = heights.keys()
      if (heights.size >= MAX_KEPT && oldest !== undefined) heights.delete(oldest)
      heights.set(text, height)
    },
  }
}

/** Without one nothing is drawn: diagrams stand as their text. */
export const DiagramHeightsContext = createContext<DiagramHeights | null>(null)
