/** The languages that can be coloured. */
export const GRAMMARS = [
  ...(['bash', 'c', 'cpp', 'csharp', 'css', 'diff', 'dockerfile', 'go', 'html', 'ini', 'java'] as const),
  ...(['javascript', 'json', 'kotlin', 'lua', 'make', 'markdown', 'php', 'powershell', 'python', 'r'] as const),
  ...(['ruby', 'rust', 'sql', 'swift', 'toml', 'tsx', 'typescript', 'xml', 'yaml'] as const),
]
export type Grammar = (typeof GRAMMARS)[number]

/** The names that models write after a fence, and the grammar each means. */
const ALIASES: ReadonlyMap<string, Grammar> = new Map<string, Grammar>(
  Object.entries({
    'c#': 'csharp',
    'c++': 'cpp',
    cjs: 'javascript',
    console: 'bash',
    cs: 'csharp',
    docker: 'dockerfile',
    golang: 'go',
    h: 'c',
    hpp: 'cpp',
    htm: 'html',
    js: 'javascript',
    jsonc: 'json',
    jsx: 'tsx',
    kt: 'kotlin',
    makefile: 'make',
    md: 'markdown',
    mjs: 'javascript',
    patch: 'diff',
    ps1: 'powershell',
    py: 'python',
    python3: 'python',
    rb: 'ruby',
    rs: 'rust',
    sh: 'bash',
    shell: 'bash',
    shellscript: 'bash',
    svg: 'xml',
    ts: 'typescript',
    yml: 'yaml',
    zsh: 'bash',
  } satisfies Record<string, Grammar>),
)

/** The grammar for what stands after a fence; null where there is none. */
export function grammarOf(language: string): Grammar | null {
  const name = language.toLowerCase()
  return ALIASES.get(name) ?? GRAMMARS.find((grammar) => grammar === name) ?? null
}
