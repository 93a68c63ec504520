import type { ChannelBody } from '../../protocol/shared-stream.ts'
import type { ApiFailure } from './api-result.ts'
import type { StreamFrame } from './event-frames.ts'

/*
 * What a tab and the hub say to each other. Both are of the same build, because the worker's address names it; a channel's
 * number is the tab's own.
 */

export type TabMessage =
  | { readonly type: 'open'; readonly channel: number; readonly follows: ChannelBody; readonly clientId: string }
  | { readonly type: 'close'; readonly channel: number }
  /** One message of frames was taken. By the missing ones the hub sees that a tab sleeps, or is gone. */
  | { readonly type: 'taken' }
  /** Somebody looks at the tab again, or the network is back: what is stale should not be trusted. */
  | { readonly type: 'look' }
  | { readonly type: 'leave' }

export type HubMessage =
  /**
   * The hub lives and has begun: how long it takes now depends on the server. It holds the lock `life` for as long as it
   * lives; null where there are no locks.
   */
  | { readonly type: 'heard'; readonly channel: number; readonly life: string | null }
  | { readonly type: 'opened'; readonly channel: number; readonly refusal: ApiFailure | null }
  /** To be answered with `taken`. Without a frame it is a sign of life. */
  | { readonly type: 'frames'; readonly channel: number; readonly frames: readonly StreamFrame[] }
  | { readonly type: 'ended'; readonly channel: number }
