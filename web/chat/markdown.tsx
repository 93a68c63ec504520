import { memo, type ReactNode, useState } from 'react'
import ReactMarkdown, { type Components, type ExtraProps, type Options } from 'react-markdown'
import rehypeSanitize from 'rehype-sanitize'
import remarkGfm from 'remark-gfm'
import remarkMath from 'remark-math'
import { SCROLLED_BY_KEYBOARD } from '../ui/scrolled-by-keyboard.ts'
import { CodeBlock } from './code-block.tsx'
import { Diagram, isDiagram } from './diagram.tsx'
import { type MarkdownBlock, type SplitMarkdown, splitMarkdown } from './markdown-blocks.ts'
import { markDirections } from './markdown-direction.ts'
import { MarkdownImage } from './markdown-image.tsx'
import { keepMoneyAsText } from './markdown-math.ts'
import { MARKDOWN_SCHEMA, safeLink, showHtmlAsText } from './markdown-safety.ts'
import { MathText } from './math-text.tsx'

interface MarkdownProps {
  readonly text: string
  /** More text may follow: the last block is not whole. */
  readonly isWriting: boolean
}

/** Draws markdown, the same for text that is still being written and for stored text. */
export const Markdown = memo(function Markdown({ text, isWriting }: MarkdownProps) {
  const [split] = useState(createSplitter)
  const { blocks, definitions } = split(text)
  const last = blocks.length - 1
  return (
    <div className="prose" dir="ltr">
      {blocks.map((block, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: blocks are only ever added at the end, so the place is the identity
        <Block key={index} block={block} definitions={definitions} isWhole={!isWriting || index < last} />
      ))}
    </div>
  )
})

/** Remembers its last answer, so that a longer text costs only its end. */
function createSplitter(): (text: string) => SplitMarkdown {
  let last: SplitMarkdown | undefined
  return (text) => {
    last = splitMarkdown(text, last)
    return last
  }
}

interface BlockProps {
  readonly block: MarkdownBlock
  readonly definitions: string
  readonly isWhole: boolean
}

function Block({ block, definitions, isWhole }: BlockProps): ReactNode {
  if (block.fence !== null) {
    const { code, language, isClosed } = block.fence
    if (language === 'math' && (isClosed || isWhole)) return <MathText tex={code} isDisplay />
    if (isDiagram(language) && isClosed) return <Diagram text={code} />
    return <CodeBlock code={code} language={language} isWhole={isClosed || isWhole} />
  }
  if (block.isPlain) return <pre className="whitespace-pre-wrap font-mono text-note">{block.text.trimEnd()}</pre>
  const usesDefinitions = definitions !== '' && block.text.includes('[')
  const text = usesDefinitions ? `${block.text}\n\n${definitions}` : block.text
  return <MarkdownPiece text={text} components={isWhole ? WHOLE_COMPONENTS : WRITING_COMPONENTS} />
}

const REMARK_PLUGINS: Options['remarkPlugins'] = [remarkGfm, remarkMath, keepMoneyAsText]
const REHYPE_PLUGINS: Options['rehypePlugins'] = [showHtmlAsText, [rehypeSanitize, MARKDOWN_SCHEMA], markDirections]

/** Addresses are judged where they are used: in links and images, by `markdown-safety.ts`. */
const keepUrl = (url: string) => url

const SHARED_COMPONENTS: Components = {
  a: ({ href, title, children }) => (
    <SafeLink href={href} title={title}>
      {children}
    </SafeLink>
  ),
  code: ({ className, children }) =>
    className === 'language-math' ? <MathText tex={String(children)} isDisplay={false} /> : <code>{children}</code>,
  img: ({ src, alt }) => <MarkdownImage src={src} description={alt ?? ''} />,
  table: ({ children }) => (
    <div className="overflow-x-auto" {...SCROLLED_BY_KEYBOARD}>
      <table>{children}</table>
    </div>
  ),
}

/** For a block whose last line may not be whole: code in it has no colours yet. */
const WRITING_COMPONENTS: Components = {
  ...SHARED_COMPONENTS,
  pre: ({ node }) => <CodeBlock {...readCode(node)} isWhole={false} />,
}

const WHOLE_COMPONENTS: Components = {
  ...SHARED_COMPONENTS,
  pre: ({ node }) => {
    const { code, language } = readCode(node)
    if (language === 'math') return <MathText tex={code} isDisplay />
    return isDiagram(language) ? <Diagram text={code} /> : <CodeBlock code={code} language={language} isWhole />
  },
}

/** The code within a `<pre>` of the tree. */
function readCode(pre: ExtraProps['node']): { code: string; language: string } {
  const code = pre?.children.find((child) => child.type === 'element')
  const className = code?.properties.className
  const names = Array.isArray(className) ? className.map(String) : []
  const language = names.find((name) => name.startsWith('language-'))?.slice('language-'.length) ?? ''
  const text = (code?.children ?? []).map((child) => (child.type === 'text' ? child.value : '')).join('')
  return { code: text.replace(/\n$/, ''), language }
}

/** Draws one block; the same text is never drawn twice. */
const MarkdownPiece = memo(function MarkdownPiece({ text, components }: { text: string; components: Components }) {
  return (
    <ReactMarkdown
      remarkPlugins={REMARK_PLUGINS}
      rehypePlugins={REHYPE_PLUGINS}
      urlTransform={keepUrl}
      components={components}
    >
      {text}
    </ReactMarkdown>
  )
})

interface SafeLinkProps {
  readonly href: string | undefined
  readonly title: string | undefined
  readonly children: ReactNode
}

function SafeLink({ href, title, children }: SafeLinkProps) {
  const url = safeLink(href)
  if (url === null) return <span>{children}</span>
  return (
    <a href={url} title={title ?? url} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  )
}
