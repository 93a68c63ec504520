import { expect, test } from 'vitest'
import { imageIdSchema, MAX_IMAGE_BYTES, type MessageImage } from '../../protocol/image.ts'
import type { ApiResult } from './api-result.ts'
import { createAttachments, pastedImages } from './attachments.ts'
import { createKeptAttachments } from './kept-attachments.ts'

const ID = imageIdSchema.parse('a'.repeat(64))
const LOST = { status: 'unreachable' } as const
const GIVEN = { status: 'ok', value: { image_id: ID, media_type: 'image/png' } } as const

/** Attachments whose images are given when the test says so. */
function openTray() {
  const answers: ((result: ApiResult<MessageImage>) => void)[] = []
  const urls: string[] = []
  let keys = 0
  const tray = createAttachments({
    newKey: () => `key ${++keys}`,
    give: () => new Promise((resolve) => answers.push(resolve)),
    urls: {
      createObjectURL: () => {
        urls.push(`blob:${urls.length}`)
        return urls.at(-1) ?? ''
      },
      revokeObjectURL: (url) => void urls.splice(urls.indexOf(url), 1),
    },
  })
  return { tray, answers, urls }
}

const file = (bytes = 1) => new File([new Uint8Array(bytes)], 'shell.png', { type: 'image/png' })

test('an image goes with a message once the server has it, leaves with it, and gives its memory back', async () => {
  const { tray, answers, urls } = openTray()
  expect(tray.take()).toBeNull()
  tray.add([file()])
  const taken = tray.take()
  expect(tray.take()).toBeNull() // the next message does not have it, too
  answers[0]?.(GIVEN)
  expect(await taken).toEqual([ID])
  tray.drop([ID])
  expect([tray.state.get(), urls, tray.take()]).toEqual([[], [], null])
})

test('a refused message leaves its images beside the box, and they go with the next', async () => {
  const { tray, answers } = openTray()
  tray.add([file()])
  answers[0]?.(GIVEN)
  await tray.take()
  tray.keep()
  expect(tray.state.get()).toHaveLength(1)
  expect(await tray.take()).toEqual([ID])
})

test('four images at most, and that some were left out is said until the tray changes', () => {
  const { tray } = openTray()
  tray.add([file(), file(), file(), file()])
  expect(tray.hasLeftOut.get()).toBe(false)
  tray.add([file()])
  expect([tray.state.get().length, tray.hasLeftOut.get()]).toEqual([4, true])
  tray.remove('key 1')
  expect(tray.hasLeftOut.get()).toBe(false)
  tray.add([file()])
  expect([tray.state.get().length, tray.hasLeftOut.get()]).toEqual([4, false])
})

test('what is pasted before the images of an earlier visit are there leaves one of these out only with a word', async () => {
  const stored = Promise.withResolvers<readonly File[]>()
  const written = Promise.withResolvers<readonly File[]>()
  const tray = createKeptAttachments({
    newKey: () => crypto.randomUUID(),
    give: null,
    urls: URL,
    trays: { read: () => stored.promise, write: async (_, files) => written.resolve(files) },
    box: 'new',
    reportFailure: written.reject,
  })
  tray.add([file(), file()])
  stored.resolve([file(), file(), file()])
  expect(await written.promise).toHaveLength(4)
  expect([tray.state.get().length, tray.hasLeftOut.get()]).toEqual([4, true])
})

test('what is too large is not given, and says so', () => {
  const { tray, answers } = openTray()
  tray.add([file(), file(), file(MAX_IMAGE_BYTES + 1), file(), file()])
  expect(tray.state.get().map(({ problem }) => problem)).toEqual([null, null, 'too_large', null])
  expect(answers).toHaveLength(3)
})

test('what did not get to the server holds the message back, and is given once more with the next try', async () => {
  const { tray, answers } = openTray()
  tray.add([file()])
  const first = tray.take()
  answers[0]?.(LOST)
  expect(await first).toBeNull()
  expect(tray.state.get()).toMatchObject([{ problem: 'failed', isOnItsWay: false }])
  tray.keep()
  const second = tray.take()
  answers[1]?.(GIVEN)
  expect(await second).toEqual([ID])
})

test('before there is a session no image is given; the session that takes them over is given each once', async () => {
  const { tray, answers } = openTray()
  const start = createAttachments({ newKey: () => crypto.randomUUID(), give: null, urls: URL })
  start.add([file(), file(MAX_IMAGE_BYTES + 1)])
  tray.takeOver(start)
  expect([start.state.get().length, tray.state.get().length, answers.length]).toEqual([0, 2, 1])
  answers[0]?.(GIVEN)
  expect(await tray.take()).toEqual([ID])
})

test.each([
  { beside: 'nothing', text: '', taken: 1 },
  { beside: 'cells', text: 'Shells\t12\r\nPearls\t3\r\n', taken: 0 },
  { beside: 'a sentence', text: 'see shell.png', taken: 0 },
  // some systems put the name of a copied file beside it, or where it is
  { beside: 'its name', text: 'shell.png', taken: 1 },
  { beside: 'its path', text: '/home/ada/shell.png\n', taken: 1 },
])('of a picture that is pasted with $beside, $taken is taken: where there is text, it is meant', ({ text, taken }) => {
  expect(pastedImages({ files: [file()], getData: () => text })).toHaveLength(taken)
})
