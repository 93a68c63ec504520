import { createHash } from 'node:crypto'
import type { SessionFields } from '../../sessions/session-store.ts'

/**
 * The `ETag` of a session names its settings, what a PUT can change, and neither its messages nor its times: a turn that ends
 * in between must not refuse a new title.
 */
export function settingsTag(settings: SessionFields): string {
  const { title, titleIsCustom, model, systemPrompt, agentType, device, mailProvider } = settings
  const named = [title, titleIsCustom, model, systemPrompt, settings.private, agentType, device, mailProvider]
  return `"${createHash('sha256').update(JSON.stringify(named)).digest('base64url').slice(0, 22)}"`
}

/** Whether `If-Match` lets a change through. It names tags, of which a weak one fits nothing, or `*`. */
export function fitsSettings(ifMatch: string | undefined, settings: SessionFields): boolean {
  if (ifMatch === undefined || ifMatch.trim() === '*') return true
  const tag = settingsTag(settings)
  return ifMatch.split(',').some((one) => one.trim() === tag)
}
