import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import type { SessionId } from '../protocol/ids.ts'
import type { ConchApp } from './conch-app.ts'
import type { Answer } from './conch-client.ts'

/** Giving images to sessions and sending messages that name them, and what lies on the disk of it. */

interface Send {
  readonly message?: string
  readonly images?: readonly string[]
  readonly replaces?: number | undefined
  readonly on_busy?: 'queue'
  readonly key?: string
}

interface Given {
  readonly status: number
  readonly json: { readonly image_id?: string; readonly media_type?: string; readonly code?: string }
}

export async function give(
  conch: ConchApp,
  session: SessionId,
  image: Buffer | readonly [Buffer, string],
): Promise<Given> {
  const [bytes, type] = Buffer.isBuffer(image) ? [image, 'image/png'] : image
  const answer = await request(`${conch.url}/api/sessions/${session}/images`, {
    method: 'POST',
    headers: { authorization: `Bearer ${conch.ownerToken()}`, 'content-type': type },
    body: bytes,
  })
  return { status: answer.statusCode, json: (await answer.body.json()) as Given['json'] }
}

export async function given(conch: ConchApp, session: SessionId, bytes: Buffer): Promise<string> {
  const { status, json } = await give(conch, session, bytes)
  if (status !== 201) throw new Error(JSON.stringify(json))
  return json.image_id ?? ''
}

export function send(conch: ConchApp, session: SessionId, { key, ...body }: Send): Promise<Answer> {
  const headers = key === undefined ? {} : { headers: { 'idempotency-key': key } }
  return conch.ownerClient().request('POST', `/api/sessions/${session}/turns`, { body, ...headers })
}

export function filesOf(conch: ConchApp, session: SessionId): string[] {
  const folder = join(conch.dataDir, 'data', 'images', session)
  return existsSync(folder) ? readdirSync(folder) : []
}
