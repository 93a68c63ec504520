import type { ComponentName } from './component-schemas.ts'
import type { ErrorStatus } from './error-responses.ts'

export type Tag = 'native' | 'compatible' | 'operation'

export type HeaderName = 'Idempotency-Key' | 'X-Client-Id' | 'X-Client-Label' | 'Last-Event-ID' | 'If-Match'

/** What the schemas of a route do not say. `METHOD /path/{parameter}` is its name in the tables. */
export interface OperationText {
  readonly tag: Tag
  readonly summary: string
  readonly description?: string
  readonly success?: string
  /** Besides those that every route may answer. */
  readonly errors?: readonly ErrorStatus[]
  readonly headers?: readonly HeaderName[]
  readonly requestExample?: unknown
  readonly responseExample?: unknown
  /** Where one answer is not like another: by their status. */
  readonly responseExamples?: Readonly<Record<string, unknown>>
  /** The success is, or may be, a stream of server-sent events with one of these in each frame. */
  readonly stream?: { readonly schemas: readonly ComponentName[]; readonly example: unknown }
  /** What the success is, where no schema tells. */
  readonly contentType?: string
  /** Needs no credential. */
  readonly isOpen?: boolean
}

export type OperationTexts = Readonly<Record<string, OperationText>>
