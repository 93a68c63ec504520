import { createCssVariablesTheme, createHighlighterCore, type GrammarState, type LanguageInput } from 'shiki/core'
import { createJavaScriptRegexEngine } from 'shiki/engine/javascript'
import type { Grammar } from './code-language.ts'

/*
 * The part of highlighting that is large. It is loaded when the first block of code is whole, and each language when it is
 * first seen. The colours are classes, so that one set of tokens serves every theme.
 */

export type TokenKind = 'keyword' | 'string' | 'function' | 'constant' | 'comment' | 'punctuation'

/** A piece of a line; null where it has no colour of its own. */
export interface CodeToken {
  readonly kind: TokenKind | null
  readonly text: string
}

export type CodeLine = readonly CodeToken[]

export interface HighlightEngine {
  /** Yields the coloured lines of each slice in turn; the next one goes on in the state that the last one ended in. */
  readonly highlight: (slices: readonly string[], grammar: Grammar) => AsyncGenerator<readonly CodeLine[]>
}

const THEME_NAME = 'conch'

const KINDS: Readonly<Record<string, TokenKind>> = {
  'var(--shiki-token-keyword)': 'keyword',
  'var(--shiki-token-string)': 'string',
  'var(--shiki-token-string-expression)': 'string',
  'var(--shiki-token-function)': 'function',
  'var(--shiki-token-constant)': 'constant',
  'var(--shiki-token-comment)': 'comment',
  'var(--shiki-token-punctuation)': 'punctuation',
  'var(--shiki-token-link)': 'string',
}

const LANGUAGES: Readonly<Record<Grammar, LanguageInput>> = {
  bash: () => import('shiki/langs/bash.mjs'),
  c: () => import('shiki/langs/c.mjs'),
  cpp: () => import('shiki/langs/cpp.mjs'),
  csharp: () => import('shiki/langs/csharp.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  dockerfile: () => import('shiki/langs/dockerfile.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  ini: () => import('shiki/langs/ini.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  kotlin: () => import('shiki/langs/kotlin.mjs'),
  lua: () => import('shiki/langs/lua.mjs'),
  make: () => import('shiki/langs/make.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  php: () => import('shiki/langs/php.mjs'),
  powershell: () => import('shiki/langs/powershell.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  r: () => import('shiki/langs/r.mjs'),
  ruby: () => import('shiki/langs/ruby.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  swift: () => import('shiki/langs/swift.mjs'),
  toml: () => import('shiki/langs/toml.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
}

export async function createHighlightEngine(): Promise<HighlightEngine> {
  const core = await createHighlighterCore({
    themes: [createCssVariablesTheme({ name: THEME_NAME })],
    langs: [],
    engine: createJavaScriptRegexEngine({ forgiving: true }),
  })

  async function* highlight(slices: readonly string[], grammar: Grammar): AsyncGenerator<readonly CodeLine[]> {
    await core.loadLanguage(LANGUAGES[grammar])
    let grammarState: GrammarState | undefined
    for (const slice of slices) {
      const resumed = grammarState === undefined ? {} : { grammarState }
      const code = slice.replace(/\n$/, '')
      const tokens = core.codeToTokensBase(code, { lang: grammar, theme: THEME_NAME, ...resumed })
      grammarState = core.getLastGrammarState(tokens)
      yield tokens.map((line) => joinTokens(line))
    }
  }

  return { highlight }
}

/** Neighbours of one kind become one piece: fewer elements on the page. */
function joinTokens(line: readonly { content: string; color?: string }[]): CodeLine {
  const joined: { kind: TokenKind | null; text: string }[] = []
  for (const token of line) {
    const kind = KINDS[token.color ?? ''] ?? null
    const last = joined.at(-1)
    if (last?.kind === kind) last.text += token.content
    else joined.push({ kind, text: token.content })
  }
  return joined
}
