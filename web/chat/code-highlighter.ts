import { grammarOf } from './code-language.ts'
import type { CodeLine, HighlightEngine } from './highlight-engine.ts'

export interface HighlightRequest {
  /** The code, as `sliceCode` cuts it. */
  readonly slices: readonly string[]
  readonly language: string
  /** Called with the coloured lines of one slice after the other. */
  readonly onSlice: (lines: readonly CodeLine[]) => void
  readonly signal: AbortSignal
}

/** Gives code its colours, one block after the other, when the page has time for it. */
export interface CodeHighlighter {
  /**
   * Resolves when it is done, or when `signal` aborts. Calls nothing back where there is no grammar, too much code, or no
   * way to load what it takes: the code stays plain.
   */
  readonly highlight: (request: HighlightRequest) => Promise<void>
}

/** Beyond this, colours cost more than they give. */
const MAX_SLICES = 50

export function createCodeHighlighter(reportFailure: (error: unknown) => void): CodeHighlighter {
  let engine: Promise<HighlightEngine> | null = null
  let lastInLine: Promise<void> = Promise.resolve()

  async function highlightNow(request: HighlightRequest): Promise<void> {
    const grammar = grammarOf(request.language)
    if (grammar === null || request.signal.aborted) return
    try {
      engine ??= loadEngine()
      for await (const lines of (await engine).highlight(request.slices, grammar)) {
        if (request.signal.aborted) return
        request.onSlice(lines)
        await breathe()
      }
    } catch (error) {
      // Most likely the server is away and its files with it: the next block asks again.
      engine = null
      reportFailure(error)
    }
  }

  function highlight(request: HighlightRequest): Promise<void> {
    if (request.slices.length > MAX_SLICES) return Promise.resolve()
    lastInLine = lastInLine.then(() => highlightNow(request))
    return lastInLine
  }

  return { highlight }
}

async function loadEngine(): Promise<HighlightEngine> {
  const { createHighlightEngine } = await import('./highlight-engine.ts')
  return createHighlightEngine()
}

/** A task of its own after the next frame or so: typing and drawing come first. */
function breathe(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  setTimeout(resolve, 8)
  return promise
}
