import { readdirSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { request } from 'undici'
import { expect } from 'vitest'
import type { SessionId } from '../protocol/ids.ts'
import type { Turn } from '../protocol/turn.ts'
import { ApiSchemas } from './api-schemas.ts'
import { ConchApp, type Question } from './conch-app.ts'
import type { SessionFollower } from './conch-client.ts'

export const READS: readonly string[] = ['GET', 'HEAD', 'OPTIONS']
const METHODS = [...READS, 'POST', 'PUT', 'PATCH', 'DELETE'] as const
/** Pages and files of the web app, found or not. */
const PAGES = ['/', '/s/some-session', '/assets/none.js', '/shell.svg', '/metrics']

export interface Target {
  readonly method: (typeof METHODS)[number]
  readonly path: string
  readonly isApi: boolean
}

export interface DoorAnswer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

/**
 * A server that asks for credentials, in front of a session that is busy and followed. Whatever is tried at the door, at the
 * end nothing may have been written, and the turn and its follower must not have noticed.
 */
export class FrontDoor implements AsyncDisposable {
  readonly conch: ConchApp
  readonly schemas: ApiSchemas
  readonly session: SessionId
  readonly cookie: string
  readonly token: string
  readonly #turn: Turn
  readonly #question: Question
  readonly #follower: SessionFollower
  readonly #before: string

  private constructor(parts: {
    conch: ConchApp
    schemas: ApiSchemas
    session: SessionId
    cookie: string
    turn: Turn
    question: Question
    follower: SessionFollower
  }) {
    this.conch = parts.conch
    this.schemas = parts.schemas
    this.session = parts.session
    this.cookie = parts.cookie
    this.token = parts.conch.ownerToken()
    this.#turn = parts.turn
    this.#question = parts.question
    this.#follower = parts.follower
    this.#before = this.#dump()
  }

  static async open(): Promise<FrontDoor> {
    const conch = await ConchApp.start({ noAuth: false })
    const client = conch.ownerClient()
    const link = await fetch(await conch.link(), { redirect: 'manual' })
    const cookie = link.headers.get('set-cookie')?.split(';', 1)[0] ?? ''
    const session = await client.createSession()
    const turn = await client.start(session, 'hello')
    const question = await conch.model.asked()
    await question.say('Par')
    const follower = client.follow(session)
    await follower.entryOfType('text.delta')
    const schemas = await ApiSchemas.read(client)
    return new FrontDoor({ conch, schemas, session, cookie, turn, question, follower })
  }

  /** Every path that the router has, with ids that name nothing, by every method that HTTP clients know. */
  get targets(): readonly Target[] {
    const described = Object.keys(this.schemas.document.paths).map((path) => path.replace(/\{\w+\}/g, 'none'))
    const paths = [...new Set([...described, ...PAGES, '/api/nowhere'])]
    return paths.flatMap((path) => METHODS.map((method) => ({ method, path, isApi: path.startsWith('/api') })))
  }

  /** Of a stream only the head is waited for. */
  async ask(
    { method, path }: Pick<Target, 'method' | 'path'>,
    headers = {},
    body: string | Buffer | null = null,
  ): Promise<DoorAnswer> {
    const answer = await request(this.conch.url + path, { method, headers, body })
    const answered = new Headers(Object.entries(answer.headers).map(([name, value]) => [name, String(value)]))
    const isStream = answered.get('content-type')?.startsWith('text/event-stream') === true
    if (isStream) answer.body.on('error', () => undefined).destroy()
    return { status: answer.statusCode, headers: answered, text: isStream ? '' : await answer.body.text() }
  }

  /** All that comes back for these bytes until the server closes the connection. `$own` stands for our Host and token. */
  async sendBytes(bytes: string): Promise<string> {
    const { host, port } = new URL(this.conch.url)
    const socket = connect(Number(port), '127.0.0.1')
    const own = `Host: ${host}\r\nAuthorization: Bearer ${this.token}\r\n`
    socket.setEncoding('latin1').end(bytes.replaceAll('$own', own), 'latin1')
    let received = ''
    try {
      for await (const text of socket) received += text
    } catch (error) {
      // a refusal may be followed by a reset, which takes nothing back of what was read
      if (!(error instanceof Error && 'code' in error && error.code === 'ECONNRESET')) throw error
    }
    return received
  }

  /** a, b, c and d of every row: nothing was written, the turn and its reader go on, and the next message is taken. */
  async expectNothingLost(): Promise<void> {
    expect(this.#dump()).toBe(this.#before)
    await this.#question.say('is')
    this.#question.finish()
    await this.#follower.entry((entry) => entry.type === 'turn.ended' && entry.turn_id === this.#turn.turn_id)
    const seqs = this.#follower.entries.map(({ seq }) => seq)
    expect(seqs).toEqual([...new Set(seqs)].sort((one, other) => one - other))
    expect(this.#follower.text).toBe('Paris')
    const next = await this.conch.ownerClient().start(this.session, 'and then?')
    expect(next.phase).toBe('running')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#follower[Symbol.asyncDispose]()
    await this.conch[Symbol.asyncDispose]()
  }

  /** Every row of every table, and the name of every file. */
  #dump(): string {
    const dataDir = join(this.conch.dataDir, 'data')
    using database = new DatabaseSync(join(dataDir, 'conch.db'), { readOnly: true })
    const tables = database.prepare(`SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name`).all()
    const rows = tables.map(({ name }) => [name, database.prepare(`SELECT * FROM "${name}"`).all()])
    return JSON.stringify([rows, readdirSync(dataDir).sort()])
  }
}
