import { spawn } from 'node:child_process'
import type { FastifyBaseLogger } from 'fastify'

const OPENERS: Partial<Record<NodeJS.Platform, readonly string[]>> = {
  darwin: ['open'],
  win32: ['rundll32', 'url.dll,FileProtocolHandler'],
}

/** Opens `link` in the person's browser. Where that fails they have the link on the screen anyway. */
export function openInBrowser(link: string, log: FastifyBaseLogger): void {
  const [program = 'xdg-open', ...args] = OPENERS[process.platform] ?? ['xdg-open']
  const child = spawn(program, [...args, link], { stdio: 'ignore', detached: true })
  child.on('error', (error) => log.debug({ err: error }, 'no browser could be opened'))
  child.unref()
}
