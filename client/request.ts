import type { Operations } from './operations.ts'

export type OperationName = keyof Operations
/** Operations that answer with a stream of events, always or where they are asked to. */
export type StreamName = {
  [Name in OperationName]: Operations[Name] extends { readonly frame: unknown } ? Name : never
}[OperationName]

export type InputOf<Name extends OperationName> = Operations[Name]['input']
export type AnswerOf<Name extends OperationName> = Operations[Name]['answer']
export type FrameOf<Name extends StreamName> = Operations[Name]['frame']

/** The input may be left out where nothing in it is required. */
export type InputArguments<Name extends OperationName> =
  Record<never, never> extends InputOf<Name> ? readonly [input?: InputOf<Name>] : readonly [input: InputOf<Name>]

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

export interface PlainRequest {
  readonly method: Method
  /** With its query, and every parameter in its place. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  /** Undefined where there is none. */
  readonly body: unknown
}

/** What an operation looks like on the wire. Pure: `fetch` it in whatever way you like. */
export function requestOf<Name extends OperationName>(name: Name, ...[input]: InputArguments<Name>): PlainRequest {
  const { path = {}, query = {}, headers = {}, body }: LooseInput = input ?? {}
  const [method = '', pattern = ''] = name.split(' ')
  const filled = pattern.replace(/\{(\w+)\}/g, (_, key: string) => encodeURIComponent(String(path[key] ?? '')))
  return { method: method as Method, path: filled + queryText(query), headers: stated(headers), body }
}

/** Any operation's input, for code that handles all of them alike. */
interface LooseInput {
  readonly path?: Readonly<Record<string, unknown>>
  readonly query?: Readonly<Record<string, unknown>>
  readonly headers?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

function queryText(query: Readonly<Record<string, unknown>>): string {
  const text = new URLSearchParams(stated(query)).toString()
  return text === '' ? '' : `?${text}`
}

function stated(fields: Readonly<Record<string, unknown>>): Record<string, string> {
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return Object.fromEntries(given.map(([name, value]) => [name, String(value)]))
}
