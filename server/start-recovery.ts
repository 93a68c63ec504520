import type { FastifyBaseLogger } from 'fastify'
import type { TurnEngine } from './turns/turn-engine.ts'
import type { TurnRecovery } from './turns/turn-recovery.ts'

/**
 * Before the server listens, each turn that the last one left behind is gone on with or ended (R9), and then what waited
 * goes on. What the disk refuses is tried again for as long as the server runs: reading does not wait for it (F32).
 */
export async function startRecovery(
  { recovery, engine }: { readonly recovery: TurnRecovery; readonly engine: TurnEngine },
  log: FastifyBaseLogger,
): Promise<{ stop(): Promise<void> }> {
  const { resumed, ended, left } = await recovery.recoverAll()
  if (resumed + ended + left > 0) log.info({ resumed, ended, left }, 'turns that the last server left behind')
  await engine.goOnAfterStart()
  const stopping = new AbortController()
  const keepTrying = async () => {
    try {
      await recovery.run(stopping.signal)
    } catch (error) {
      log.error({ err: error }, 'turns that are left are not tried again: restart Conch when the database is well')
    }
  }
  const over = keepTrying()
  return {
    stop: async () => {
      stopping.abort()
      await over
    },
  }
}
