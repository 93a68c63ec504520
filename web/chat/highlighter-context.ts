import { createContext } from 'react'
import type { CodeHighlighter } from './code-highlighter.ts'

/** Who gives code its colours; without one it stays plain. */
export const HighlighterContext = createContext<CodeHighlighter | null>(null)
