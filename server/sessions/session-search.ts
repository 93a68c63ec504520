import type { MessageId } from '../../protocol/ids.ts'
import type { SearchPage } from '../../protocol/search.ts'

export interface SearchQuery {
  readonly words: readonly string[]
  readonly limit: number
  readonly before: MessageId | undefined
}

/** Finds messages and titles by their words. */
export interface SessionSearch {
  /** 'busy' where so many wait already that this one would wait too long. May throw `StorageError`. */
  find(query: SearchQuery): Promise<SearchPage | 'busy'>
}
