import { codeOf } from '../lib/error-code.ts'
import { tryListening } from '../lib/try-listening.ts'
import { type Finding, ok, problem, reasonOf } from './finding.ts'
import { answersAsConch, type RunningServer } from './running-server.ts'

const SUBJECT = 'port'

/** Whether a server could listen there, or ours does. */
export async function checkPort(
  { host, port }: { readonly host: string; readonly port: number },
  server: RunningServer,
): Promise<Finding> {
  if (port === 0) return ok(SUBJECT, 'a free one will be picked')
  if (server.status === 'answers' && new URL(server.note.url).port === String(port)) {
    return ok(SUBJECT, `${port} is used by this Conch`)
  }
  try {
    await tryListening({ host, port })
    return ok(SUBJECT, `${port} is free on ${host}`)
  } catch (failure) {
    return await describeFailure({ host, port }, failure)
  }
}

async function describeFailure(
  { host, port }: { readonly host: string; readonly port: number },
  failure: unknown,
): Promise<Finding> {
  const other = 'choose another port with --port.'
  switch (codeOf(failure)) {
    case 'EADDRINUSE': {
      const isConch = await answersAsConch(`http://${host.includes(':') ? `[${host}]` : host}:${port}`)
      const who = isConch ? 'a Conch with another data directory' : 'another program'
      return problem(SUBJECT, `${port} is used by ${who}`, `Stop it, or ${other}`)
    }
    case 'EACCES':
      return problem(SUBJECT, `${port} may not be used by this user`, `Use a port from 1024 on: ${other}`)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return problem(SUBJECT, `${host} is no address of this machine`, 'Name one with --host, such as 127.0.0.1.')
    default:
      return problem(SUBJECT, `${port} on ${host} cannot be used: ${reasonOf(failure)}`, `Try again, or ${other}`)
  }
}
