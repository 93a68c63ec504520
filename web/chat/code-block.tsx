import { Fragment, memo, type ReactNode, useContext, useEffect, useMemo, useState } from 'react'
import { CopyButton } from '../ui/copy-button.tsx'
import { SCROLLED_BY_KEYBOARD } from '../ui/scrolled-by-keyboard.ts'
import { words } from '../words.ts'
import { sliceCode } from './code-slices.ts'
import type { CodeLine, CodeToken, TokenKind } from './highlight-engine.ts'
import { HighlighterContext } from './highlighter-context.ts'

interface CodeBlockProps {
  readonly code: string
  readonly language: string
  /** No more of it will come: it may be coloured. */
  readonly isWhole: boolean
}

export const CodeBlock = memo(function CodeBlock({ code, language, isWhole }: CodeBlockProps) {
  const slices = useMemo(() => sliceCode(code), [code])
  const coloured = useColours(isWhole ? slices : null, language)
  return (
    <figure className="overflow-hidden rounded-medium border border-line bg-sunken">
      <figcaption className="flex min-h-9 items-center justify-between gap-2 border-line border-b ps-4 pe-1 text-note text-soft">
        <span className="truncate font-mono">{language === '' ? words.code.plain : language}</span>
        <CopyButton text={code} label={words.code.copy} words={words.chat} />
      </figcaption>
      <pre dir="ltr" className="overflow-x-auto p-4 font-mono text-note" {...SCROLLED_BY_KEYBOARD}>
        <code className="block w-max min-w-full">
          {slices.map((slice, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: slices are only ever added at the end
            <CodeSlice key={index} text={slice} lines={coloured[index] ?? null} />
          ))}
        </code>
      </pre>
    </figure>
  )
})

type ColouredSlices = readonly (readonly CodeLine[])[]

const NO_COLOURS: ColouredSlices = []

/** The slices that have their colours by now. Plain text is never wrong, so it is what stands until then. */
function useColours(slices: readonly string[] | null, language: string): ColouredSlices {
  const highlighter = useContext(HighlighterContext)
  const [coloured, setColoured] = useState(NO_COLOURS)
  useEffect(() => {
    if (slices === null || highlighter === null) return
    const wanted = new AbortController()
    const onSlice = (lines: readonly CodeLine[]) => setColoured((before) => [...before, lines])
    void highlighter.highlight({ slices, language, onSlice, signal: wanted.signal })
    return () => {
      wanted.abort()
      setColoured(NO_COLOURS)
    }
  }, [slices, language, highlighter])
  return coloured
}

interface CodeSliceProps {
  readonly text: string
  readonly lines: readonly CodeLine[] | null
}

const CodeSlice = memo(function CodeSlice({ text, lines }: CodeSliceProps) {
  if (lines === null) return <span className="block">{text}</span>
  return (
    <span className="block">
      {lines.map(drawLine)}
      {text.endsWith('\n') ? '\n' : null}
    </span>
  )
})

function drawLine(line: CodeLine, index: number): ReactNode {
  return (
    <Fragment key={index}>
      {index === 0 ? null : '\n'}
      {line.map(drawToken)}
    </Fragment>
  )
}

function drawToken(token: CodeToken, index: number): ReactNode {
  if (token.kind === null) return token.text
  return (
    <span key={index} className={TOKEN_CLASSES[token.kind]}>
      {token.text}
    </span>
  )
}

const TOKEN_CLASSES: Readonly<Record<TokenKind, string>> = {
  keyword: 'token-keyword',
  string: 'token-string',
  function: 'token-function',
  constant: 'token-constant',
  comment: 'token-comment',
  punctuation: 'token-punctuation',
}
