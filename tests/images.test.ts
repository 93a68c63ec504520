import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { request } from 'undici'
import { expect, test } from 'vitest'
import type { SessionId } from '../protocol/ids.ts'
import { ConchApp } from './conch-app.ts'
import type { Answer } from './conch-client.ts'
import { filesOf, give, given, send } from './image-sends.ts'
import { SeeingModel } from './seeing-model.ts'
import { pngOf, SMALL_GIF, smallPng } from './small-images.ts'

/** Images of messages, on real sockets: given, sent, shown to the model, read again, gone with their session (D18, S20). */

function shown(png: Buffer) {
  return { type: 'image_url', image_url: { url: `data:image/png;base64,${png.toString('base64')}` } }
}

test('an image is given, sent, shown to the model with its message and with later ones, and read again as it is', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const client = conch.ownerClient()
  const session = await client.createSession()
  const png = smallPng()
  const id = await given(conch, session, png)
  expect(id).toBe(createHash('sha256').update(png).digest('hex'))
  expect(await given(conch, session, png)).toBe(id) // the same picture is the same image
  const turn = await send(conch, session, { message: 'What is this?', images: [id] })
  expect(turn.status).toBe(201)
  await conch.app.engine.idle(session)
  expect(model.asked[0]?.at(-1)).toEqual({
    role: 'user',
    content: [{ type: 'text', text: 'What is this?' }, shown(png)],
  })
  const image = { image_id: id, media_type: 'image/png' }
  expect((await client.transcript(session)).messages[0]).toMatchObject({ content: 'What is this?', images: [image] })
  await using follower = client.follow(session)
  expect(await follower.entryOfType('turn.started')).toMatchObject({ data: { images: [image] } })

  await client.start(session, 'Are you sure?')
  await conch.app.engine.idle(session)
  expect(model.asked[1]?.filter(({ role }) => role === 'user')).toEqual([
    { role: 'user', content: [{ type: 'text', text: 'What is this?' }, shown(png)] },
    { role: 'user', content: 'Are you sure?' },
  ])
})

test('S6, S10, S20: an image comes back as it was given, as a download that may do nothing, to those who may read its session', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const session = await conch.ownerClient().createSession()
  const other = await conch.ownerClient().createSession()
  const png = smallPng()
  const path = `/images/${await given(conch, session, png)}`
  const read = (of: SessionId, headers: Record<string, string>) =>
    request(`${conch.url}/api/sessions/${of}${path}`, { headers })
  const owner = { authorization: `Bearer ${conch.ownerToken()}` }
  const answer = await read(session, owner)
  expect(answer.statusCode).toBe(200)
  expect(Buffer.from(await answer.body.arrayBuffer()).equals(png)).toBe(true)
  expect(answer.headers).toMatchObject({
    'content-type': 'image/png',
    'x-content-type-options': 'nosniff',
    'content-disposition': 'attachment',
    'content-security-policy': "default-src 'none'; sandbox",
    'cache-control': 'no-store',
  })
  expect((await read(session, {})).statusCode).toBe(401)
  expect((await read(other, owner)).statusCode).toBe(404)
  const nowhere = await conch.ownerClient().request('GET', `/api/sessions/${session}/images/..%2F..%2Ftoken`)
  expect(nowhere).toMatchObject({ status: 404, json: { code: 'image_not_found' } })
})

test('S19, S20: what is no whole image is refused, whatever it calls itself, and leaves nothing', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const session = await conch.ownerClient().createSession()
  const hostile: readonly (readonly [bytes: Buffer, type: string])[] = [
    [Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'), 'image/png'],
    [Buffer.from('<!doctype html><script>alert(1)</script>'), 'image/png'],
    [smallPng().subarray(0, -1), 'image/png'],
    [Buffer.concat([smallPng(), Buffer.from('<script>')]), 'image/png'],
    [pngOf({ width: 40_000, height: 40_000, pixels: Buffer.alloc(8) }), 'image/png'],
    [smallPng(), 'image/svg+xml'],
    [smallPng(), 'text/html'],
    [smallPng(), 'application/octet-stream'],
  ]
  for (const image of hostile) {
    const answer = await give(conch, session, image)
    const [bytes, type] = image
    expect(answer, `${type} ${bytes.toString('latin1', 0, 20)}`).toMatchObject({
      status: 415,
      json: { code: 'unsupported_media_type' },
    })
  }
  const large = await give(conch, session, Buffer.alloc(5 * 1024 * 1024 + 1, 1))
  expect(large).toMatchObject({ status: 413, json: { code: 'payload_too_large' } })
  expect(await give(conch, session, SMALL_GIF)).toMatchObject({
    status: 201,
    json: { media_type: 'image/gif' },
  })
  expect(filesOf(conch, session)).toHaveLength(1)
  expect(await give(conch, 'none' as SessionId, smallPng())).toMatchObject({ status: 404 })
})

test('I4: a model that is not known to take images is sent none, and nothing is written', async () => {
  await using conch = await ConchApp.start({ noAuth: false })
  const session = await conch.ownerClient().createSession()
  const id = await given(conch, session, smallPng())
  const refused = await send(conch, session, { message: 'What is this?', images: [id] })
  expect(refused).toMatchObject({ status: 422, json: { code: 'images_not_taken' } })
  expect((await conch.ownerClient().transcript(session)).messages).toEqual([])
})

test('I12, I4: the images belong to what is sent: another one is another send; unknown and too many are refused', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const session = await conch.ownerClient().createSession()
  const elsewhere = await conch.ownerClient().createSession()
  const [one, two, foreign] = [
    await given(conch, session, smallPng(1)),
    await given(conch, session, smallPng(2)),
    await given(conch, elsewhere, smallPng(3)),
  ]
  const first = await send(conch, session, { message: 'this', images: [one], key: 'k' })
  expect(first.status).toBe(201)
  await conch.app.engine.idle(session)
  const again = await send(conch, session, { message: 'this', images: [one], key: 'k' })
  expect(again.json).toMatchObject({ turn_id: (first.json as { turn_id: string }).turn_id })
  const other = await send(conch, session, { message: 'this', images: [two], key: 'k' })
  expect(other).toMatchObject({ status: 422, json: { code: 'idempotency_mismatch' } })
  expect(await send(conch, session, { message: 'x', images: [foreign] })).toMatchObject({
    status: 404,
    json: { code: 'image_not_found' },
  })
  const five = [one, two, one, two, one]
  expect(await send(conch, session, { message: 'x', images: five })).toMatchObject({ status: 422 })
  expect((await conch.ownerClient().transcript(session)).messages).toHaveLength(2)
})

test('I12, F4: a repeated send is the same send, though its image is gone, and then the model that took it', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const client = conch.ownerClient()
  const session = await client.createSession()
  const image = await given(conch, session, smallPng())
  const { json } = await send(conch, session, { images: [image], key: 'sent' })
  await conch.app.engine.idle(session)
  const path = `/api/sessions/${session}`
  await client.request('POST', `${path}/sends/cancel`, { headers: { 'idempotency-key': 'cancelled' } })
  const messageId = (await client.transcript(session)).messages[0]?.message_id
  await client.request('DELETE', `${path}/messages/${messageId}/and-below`)
  for (const refusal of ['image_not_found', 'images_not_taken']) {
    const sends = [{ key: 'sent' }, { key: 'sent', message: 'x' }, { key: 'cancelled' }, { key: 'new' }]
    const answers = await Promise.all(sends.map((one) => send(conch, session, { images: [image], ...one })))
    expect(answers[0]?.headers.get('idempotency-replayed')).toBe('true')
    expect(answers.map(({ status }) => status)).toEqual([201, 422, 409, refusal === 'image_not_found' ? 404 : 422])
    const { turn_id } = json as { turn_id: string }
    const codes = [{ code: 'idempotency_mismatch' }, { code: 'send_cancelled' }, { code: refusal }]
    expect(answers.map((answer) => answer.json)).toMatchObject([{ turn_id }, ...codes])
    await client.request('PUT', '/api/models/choice', { body: { kind: 'practice' } })
  }
})

test('an edited message and a question that is asked again keep their images; a branch has its own', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const client = conch.ownerClient()
  const session = await client.createSession()
  const png = smallPng()
  const id = await given(conch, session, png)
  await send(conch, session, { message: 'What?', images: [id] })
  await conch.app.engine.idle(session)
  const asked = async () => (await client.transcript(session)).messages[0]
  await send(conch, session, { replaces: (await asked())?.message_id })
  await conch.app.engine.idle(session)
  await send(conch, session, { message: 'What, then?', replaces: (await asked())?.message_id })
  await conch.app.engine.idle(session)
  expect(model.asked.map((messages) => messages.at(-1)?.content)).toEqual([
    [{ type: 'text', text: 'What?' }, shown(png)],
    [{ type: 'text', text: 'What?' }, shown(png)],
    [{ type: 'text', text: 'What, then?' }, shown(png)],
  ])
  const branch = await client.request('POST', `/api/sessions/${session}/branch`, { body: {} })
  const branchId = (branch.json as { id: SessionId }).id
  expect(await client.request('DELETE', `/api/sessions/${session}`)).toMatchObject({ status: 200 })
  expect(filesOf(conch, session)).toEqual([])
  expect((await client.transcript(branchId)).messages[0]?.images).toEqual([{ image_id: id, media_type: 'image/png' }])
  const copy = await client.request('GET', `/api/sessions/${branchId}/images/${id}`)
  expect(copy.status).toBe(200)
})

test('I10: the image of a deleted message is deleted, what another one has or nobody has sent yet is not', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const client = conch.ownerClient()
  const session = await client.createSession()
  const [both, second, unsent] = [
    await given(conch, session, smallPng(1)),
    await given(conch, session, smallPng(2)),
    await given(conch, session, smallPng(3)),
  ]
  for (const images of [[both], [both, second]]) {
    await send(conch, session, { message: 'What?', images })
    await conch.app.engine.idle(session)
  }
  const last = (await client.transcript(session)).messages.at(-2)?.message_id
  const removed = await client.request('DELETE', `/api/sessions/${session}/messages/${last}/and-below`)
  expect(removed.status).toBe(200)
  expect(filesOf(conch, session).sort()).toEqual([`${both}.png`, `${unsent}.png`].sort())
})

test('I10: an image that is given anew outlives the older message that shows it, and goes with the one that it was given for', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const session = await conch.ownerClient().createSession()
  const sendAndDelete = async (meanwhile: () => Promise<unknown>) => {
    const sent = await send(conch, session, { message: 'What?', images: [await given(conch, session, smallPng())] })
    expect(sent.status).toBe(201)
    await conch.app.engine.idle(session)
    const [message] = (await conch.ownerClient().transcript(session)).messages
    await meanwhile()
    const path = `/api/sessions/${session}/messages/${message?.message_id}/and-below`
    expect((await conch.ownerClient().request('DELETE', path)).status).toBe(200)
  }
  await sendAndDelete(() => given(conch, session, smallPng()))
  expect(filesOf(conch, session)).toHaveLength(1)
  await sendAndDelete(async () => undefined)
  expect(filesOf(conch, session)).toEqual([])
})

test('a message that waits keeps its images', async () => {
  await using model = await SeeingModel.start({ slots: 1 })
  const { conch } = model
  const session = await conch.ownerClient().createSession()
  const id = await given(conch, session, smallPng())
  const sent = await Promise.all([
    send(conch, session, { message: 'first' }),
    send(conch, session, { message: 'second', images: [id], on_busy: 'queue' }),
  ])
  for (const { status } of sent) expect([201, 202]).toContain(status)
  await expect.poll(async () => (await conch.ownerClient().transcript(session)).messages.length).toBe(4)
  const messages = (await conch.ownerClient().transcript(session)).messages
  const second = messages.find(({ content }) => content === 'second')
  expect(second?.images).toEqual([{ image_id: id, media_type: 'image/png' }])
  expect(JSON.stringify(model.asked)).toContain(smallPng().toString('base64'))
})

test('images without words are a message: shown, asked again, branched; the first words after them name the session', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const client = conch.ownerClient()
  const session = await client.createSession()
  const png = smallPng()
  const id = await given(conch, session, png)
  const title = async () => ((await client.request('GET', `/api/sessions/${session}`)).json as { title: string }).title
  expect(await send(conch, session, { images: [id] })).toMatchObject({ status: 201 })
  await conch.app.engine.idle(session)
  expect(await title()).toBe('')
  const [question] = (await client.transcript(session)).messages
  expect(question).toMatchObject({ content: '', images: [{ image_id: id }] })
  await send(conch, session, { replaces: question?.message_id })
  await conch.app.engine.idle(session)
  await send(conch, session, { message: 'And what is around it?' })
  await conch.app.engine.idle(session)
  expect(await title()).toBe('And what is around it?')
  expect(model.asked.map((messages) => messages.at(0)?.content)).toEqual([[shown(png)], [shown(png)], [shown(png)]])
  const markdown = await client.request('GET', `/api/sessions/${session}/export?format=markdown`)
  expect((markdown.json as { content: string }).content).toContain('**User:**\n\n![Image, which')
})

test('I4: neither words nor images are no message, nor are words that are cleared of one that has none', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const session = await conch.ownerClient().createSession()
  const id = await given(conch, session, smallPng())
  for (const body of [{}, { message: '' }, { message: ' \n' }, { images: [] }, { message: '', images: [] }]) {
    expect(await send(conch, session, body), JSON.stringify(body)).toMatchObject({ status: 422 })
  }
  expect(await send(conch, session, { message: ' \n', images: [id] })).toMatchObject({ status: 201 })
  await conch.app.engine.idle(session)
  const [question] = (await conch.ownerClient().transcript(session)).messages
  expect(question?.content).toBe('')
  expect(await send(conch, session, { message: '', replaces: question?.message_id })).toMatchObject({ status: 422 })
  expect((await conch.ownerClient().transcript(session)).messages).toHaveLength(2)
})

interface SessionFile {
  readonly messages: readonly { readonly images?: readonly object[] }[]
  readonly images?: readonly { readonly image_id: string; readonly media_type: string; readonly bytes: string }[]
}

interface Imported {
  readonly id: SessionId
  readonly missing_images?: readonly string[]
}

/** A session with an image that was sent twice, and its file. */
async function exported(conch: ConchApp): Promise<{ session: SessionId; id: string; file: SessionFile }> {
  const client = conch.ownerClient()
  const session = await client.createSession()
  const id = await given(conch, session, smallPng())
  for (const message of ['What is this?', 'And now?']) {
    await send(conch, session, { message, images: [id] })
    await conch.app.engine.idle(session)
  }
  const { json } = await client.request('GET', `/api/sessions/${session}/export?format=json`)
  return { session, id, file: json as SessionFile }
}

function imported(conch: ConchApp, body: object): Promise<Answer> {
  return conch.ownerClient().request('POST', '/api/sessions/import', { body })
}

test('a JSON file carries each image once, and brings it back after its session is gone', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const client = conch.ownerClient()
  const { session, id, file } = await exported(conch)
  expect(file.images).toEqual([{ image_id: id, media_type: 'image/png', bytes: smallPng().toString('base64') }])
  await client.request('DELETE', `/api/sessions/${session}`)
  const back = await imported(conch, file)
  expect(back.status).toBe(201)
  const { id: copy, missing_images } = back.json as Imported
  expect([missing_images, filesOf(conch, copy)]).toEqual([undefined, [`${id}.png`]])
  const { messages } = await client.transcript(copy)
  expect(messages.map(({ images }) => images?.map((image) => image.image_id))).toEqual([
    [id],
    undefined,
    [id],
    undefined,
  ])
  await send(conch, copy, { message: 'Still there?' })
  await conch.app.engine.idle(copy)
  expect(model.asked.at(-1)?.[0]?.content).toContainEqual(shown(smallPng()))
})

test('I4, S20: an image of a file whose bytes are not those of its hash and kind refuses the whole, and nothing is kept', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const { session, file } = await exported(conch)
  const [image] = file.images ?? []
  const text = Buffer.from('no image')
  const textId = createHash('sha256').update(text).digest('hex')
  const folders = readdirSync(join(conch.dataDir, 'data', 'images'))
  for (const changed of [
    { ...image, bytes: smallPng(7).toString('base64') },
    { ...image, media_type: 'image/gif' },
    { ...image, image_id: textId, bytes: text.toString('base64') },
    { ...image, image_id: '../x' },
    { ...image, bytes: 'A'.repeat(8 * 1024 * 1024) },
  ]) {
    expect(await imported(conch, { ...file, images: [changed] })).toMatchObject({ status: 422 })
  }
  const { json } = await conch.ownerClient().request('GET', '/api/sessions')
  expect((json as { sessions: { id: string }[] }).sessions.map((one) => one.id)).toEqual([session])
  expect(readdirSync(join(conch.dataDir, 'data', 'images'))).toEqual(folders)
})

test('a file without the bytes is taken in and says which images are missing; a model is told that they were there', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const { id, file } = await exported(conch)
  const { images: _left, ...older } = file
  const { json } = await imported(conch, older)
  const { id: copy, missing_images } = json as Imported
  expect([missing_images, filesOf(conch, copy)]).toEqual([[id], []])
  await send(conch, copy, { message: 'Still there?' })
  await conch.app.engine.idle(copy)
  expect(model.asked.at(-1)?.[0]?.content).toBe('What is this?\n\n(an image was here and cannot be shown)')
})

test('the file of all sessions carries their images, and none of a private one', async () => {
  await using model = await SeeingModel.start()
  const { conch } = model
  const client = conch.ownerClient()
  const { session } = await exported(conch)
  const all = async () => JSON.stringify((await client.request('GET', '/api/sessions/export')).json)
  expect(await all()).toContain(smallPng().toString('base64'))
  await client.request('PUT', `/api/sessions/${session}`, { body: { private: true } })
  expect(await all()).not.toContain(smallPng().toString('base64'))
})
