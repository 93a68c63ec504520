import type { Epoch, SessionId, TurnId } from '../../protocol/ids.ts'

/**
 * What every write of a turn's owner presents (D4). The store compares it inside the statement that writes: once the
 * session has another epoch or another turn, a write with this fence changes nothing and says so (I8).
 */
export interface Fence {
  readonly sessionId: SessionId
  readonly turnId: TurnId
  readonly epoch: Epoch
}
