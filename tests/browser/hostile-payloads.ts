import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** What a hostile model may write: markdown of which nothing must ever come alive. */
export const HOSTILE_MARKDOWN = z
  .array(z.string())
  .min(200)
  .parse(JSON.parse(readFileSync(new URL('./hostile-markdown.json', import.meta.url), 'utf8')))

export function isDiagram(payload: string): boolean {
  return payload.startsWith('```mermaid\n')
}
