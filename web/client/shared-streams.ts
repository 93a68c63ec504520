import type { ChannelBody } from '../../protocol/shared-stream.ts'
import type { ApiClient } from './api-client.ts'
import { HubLink, type HubLinkOptions } from './hub-link.ts'
import type { StreamOpening } from './stream-opening.ts'
import type { TabCrowd } from './tab-crowd.ts'

type StreamCalls = Pick<ApiClient, 'openSessionStream' | 'openAppStream'>

/** Streams that the tabs of a browser share, so that no number of tabs takes the connections that sending needs (D16). */
export interface SharedStreams extends StreamCalls {
  /** The crowd as it matters to this tab: whoever shares holds no connection. */
  readonly crowd: TabCrowd
  /** To be called when somebody comes back to the tab, or the network does. */
  readonly look: () => void
  /** To be called when the page is left. */
  readonly leave: () => void
}

export interface SharedStreamsOptions extends HubLinkOptions {
  /** A port to the hub; null where there can be none. */
  readonly connect: (onFailed: () => void) => MessagePort | null
  /** Where there is no hub each tab has streams of its own. */
  readonly own: StreamCalls
  readonly crowd: TabCrowd
}

export function createSharedStreams(options: SharedStreamsOptions): SharedStreams {
  let link = linkToHub()
  let isSharing = link !== null

  function linkToHub(): HubLink | null {
    const port = options.connect(() => {
      link?.endAll() // their readers come back, and get streams of their own
      link = null
      isSharing = false
    })
    return port && new HubLink(port, options)
  }

  async function open(
    follows: ChannelBody,
    signal: AbortSignal,
    openOwn: () => Promise<StreamOpening>,
  ): Promise<StreamOpening> {
    if (link?.isDead) link = linkToHub()
    const used = link
    const opening = (await used?.open(follows, signal)) ?? { status: 'silent' }
    isSharing = opening.status !== 'silent'
    if (opening.status !== 'silent') return opening
    if (used !== null && link === used) link = linkToHub() // the worker has died: the next one who asks finds another
    return openOwn()
  }

  return {
    openSessionStream: (sessionId, after, signal) =>
      open({ follows: 'session', session_id: sessionId, after }, signal, () =>
        options.own.openSessionStream(sessionId, after, signal),
      ),
    openAppStream: (signal) => open({ follows: 'app' }, signal, () => options.own.openAppStream(signal)),
    crowd: {
      isCrowded: async () => !isSharing && (await options.crowd.isCrowded()),
      subscribe: options.crowd.subscribe,
    },
    look: () => link?.look(),
    leave: () => link?.leave(),
  }
}
