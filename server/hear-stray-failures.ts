import type { FastifyBaseLogger } from 'fastify'
import type { StrayFailures } from './turns/stray-failures.ts'

/**
 * From here on a promise that is rejected unseen, or a callback that throws, fails the turn it belongs to (F25). Where it
 * belongs to none, the server is in a state that nobody has foreseen: it ends, and the next start goes on with what it had
 * begun. Call it before there are turns, those of the last server included.
 */
export function hearStrayFailures(strays: StrayFailures, log: FastifyBaseLogger): void {
  const hear = (error: unknown) => {
    const stray = strays.note(error)
    if (stray.status === 'of_no_turn') {
      log.fatal(
        { err: error },
        'a failure that belongs to no turn: the server ends, its next start goes on with the turns',
      )
      process.exit(1)
    }
    const { turnId, sessionId, status } = stray
    const message =
      status === 'too_late' ? 'a turn that is over has left a failure behind' : 'a failure strayed from a turn'
    log.error({ err: error, turnId, sessionId }, message)
  }
  process.on('unhandledRejection', hear)
  process.on('uncaughtException', hear)
}
