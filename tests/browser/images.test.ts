import { expect, vi } from 'vitest'
import { SeeingModel, SLOWLY } from '../seeing-model.ts'
import { smallPng } from '../small-images.ts'
import { expectAccessible } from './accessible.ts'
import { type ChatPage, Screen } from './chromium.ts'
import { test } from './screen-test.ts'

/** Images beside the box and in the conversation (D18). */

vi.setConfig({ testTimeout: 60_000 })

const PNG = { name: 'shell.png', mimeType: 'image/png', buffer: smallPng(200, 8) }

/** A conversation has begun with a model that takes images. */
async function openChat(screen: Screen): Promise<ChatPage> {
  const page = await screen.person({ reducedMotion: 'reduce' })
  await page.send('hello')
  await page.answers.getByText('A picture.').waitFor()
  await page.button('Add images').waitFor()
  return page
}

function tray({ page }: ChatPage) {
  return page.getByTestId('image-tray')
}

async function choose(page: ChatPage, file: { name: string; mimeType: string; buffer: Buffer }): Promise<void> {
  await page.page.locator('input[type=file][multiple]').setInputFiles(file)
}

async function ready(page: ChatPage, count = 1): Promise<void> {
  await expect.poll(() => tray(page).locator('img:not(.opacity-50)').count()).toBe(count)
}

/** What the browser has of the images of the last question. */
function shownWidths(page: ChatPage): Promise<number[]> {
  return page.questions.last().evaluate((row) => [...row.querySelectorAll('img')].map((image) => image.naturalWidth))
}

/** The start screen, an image beside its box. */
async function openWithImage(screen: Screen): Promise<ChatPage> {
  const page = await screen.person({ reducedMotion: 'reduce' })
  await page.button('Add images').waitFor()
  await choose(page, PNG)
  await ready(page)
  return page
}

test('an image is chosen, seen beside the box, sent with the words, shown to the model, and there after a reload', async ({
  browser,
}) => {
  await using model = await SeeingModel.start()
  await using screen = Screen.over(browser, model.conch)
  const page = await openChat(screen)
  await choose(page, PNG)
  await ready(page)
  await expectAccessible(page)
  await page.send('What is this?')
  await page.questions.getByText('What is this?').waitFor()
  await tray(page).waitFor({ state: 'detached' })
  await expect.poll(() => shownWidths(page)).toEqual([8])
  await page.page.getByRole('img', { name: 'Image of this message' }).waitFor()
  expect(JSON.stringify(model.asked.at(-1))).toContain(PNG.buffer.toString('base64'))
  await page.page.reload()
  await page.questions.getByText('What is this?').waitFor()
  await expect.poll(() => shownWidths(page)).toEqual([8])
  await expectAccessible(page)
  expect(screen.complaints).toEqual([])
})

test('ui.md §3.3 rule 1: images beside the box are there after a reload, in the tab that has them and in no other', async ({
  browser,
}) => {
  await using model = await SeeingModel.start()
  await using screen = Screen.over(browser, model.conch)
  const page = await openWithImage(screen)
  await page.page.reload()
  await ready(page)
  await page.send('What is this?')
  await page.questions.getByText('What is this?').waitFor()
  await expect.poll(() => shownWidths(page)).toEqual([8])

  await choose(page, PNG)
  await ready(page)
  const other = await screen.tab(page)
  await other.questions.getByText('What is this?').waitFor()
  await choose(other, { ...PNG, name: 'other.png', buffer: smallPng(9, 4) })
  await ready(other)
  for (const [tab, name] of [
    [page, 'shell.png'],
    [other, 'other.png'],
  ] as const) {
    await tab.page.reload()
    await tray(tab).getByRole('img', { name }).waitFor()
    expect(await tray(tab).getByRole('listitem').count()).toBe(1)
  }

  await other.page.close()
  await page.button('Leave out shell.png').click()
  await tray(page).waitFor({ state: 'detached' })
  await page.page.reload()
  await tray(page).getByRole('img', { name: 'other.png' }).waitFor() // a closed tab's go to the next that is opened
  await page.send('And this?')
  await page.questions.getByText('And this?').waitFor()
  await tray(page).waitFor({ state: 'detached' })
  await page.page.reload()
  await page.questions.getByText('And this?').waitFor()
  await page.button('Add images').waitFor()
  expect(await tray(page).count()).toBe(0)
})

test('a browser that keeps nothing says so beside the images, and loses none on the page', async ({ browser }) => {
  await using model = await SeeingModel.start()
  await using screen = Screen.over(browser, model.conch)
  const page = await screen.person({ reducedMotion: 'reduce' })
  await page.page.addInitScript(() => {
    IDBObjectStore.prototype.put = () => {
      throw new DOMException('no room', 'QuotaExceededError')
    }
  })
  await page.page.reload()
  await page.button('Add images').waitFor()
  await choose(page, PNG)
  await page.page.getByText('This browser has no room to keep these images').waitFor()
  await ready(page)
  await page.send('What is this?')
  await page.questions.getByText('What is this?').waitFor()
  await expect.poll(() => shownWidths(page)).toEqual([8])
})

test('images are pasted and dropped as well; what is none says so and can be left out', async ({ browser }) => {
  await using model = await SeeingModel.start()
  await using screen = Screen.over(browser, model.conch)
  const page = await openChat(screen)
  for (const type of ['paste', 'drop'] as const) {
    await page.composer.evaluate(
      (box, { how, bytes }) => {
        const data = new DataTransfer()
        data.items.add(new File([new Uint8Array(bytes)], `${how}.png`, { type: 'image/png' }))
        const options = { bubbles: true, cancelable: true }
        const event =
          how === 'paste'
            ? new ClipboardEvent('paste', { ...options, clipboardData: data })
            : new DragEvent('drop', { ...options, dataTransfer: data })
        box.dispatchEvent(event)
      },
      { how: type, bytes: [...smallPng(type === 'paste' ? 1 : 2)] },
    )
  }
  await ready(page, 2)
  const cells = await page.composer.evaluate((box) => {
    const data = new DataTransfer()
    data.items.add(new File(['the cells as a picture'], 'image.png', { type: 'image/png' }))
    data.setData('text/plain', 'Shells\t12')
    return box.dispatchEvent(new ClipboardEvent('paste', { bubbles: true, cancelable: true, clipboardData: data }))
  })
  expect([cells, await tray(page).getByRole('listitem').count()]).toEqual([true, 2]) // the browser pastes the text
  await page.page
    .locator('input[type=file][multiple]')
    .setInputFiles([3, 4, 5].map((width) => ({ ...PNG, name: `${width}.png`, buffer: smallPng(width, 8) })))
  await tray(page).getByRole('listitem').nth(3).waitFor()
  await page.page.getByRole('status').getByText('A message can have up to 4 images').waitFor()
  await expectAccessible(page)
  for (const width of [3, 4]) await page.button(`Leave out ${width}.png`).click()
  expect(await page.page.getByText('A message can have up to 4 images').count()).toBe(0)
  await choose(page, { ...PNG, buffer: Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>') })
  await tray(page).getByRole('alert').getByText('No PNG, JPEG, WebP or GIF').waitFor()
  await page.button('Leave out shell.png').click()
  await page.button('Leave out paste.png').click()
  await page.send('And this?')
  await page.questions.getByText('And this?').waitFor()
  await expect.poll(() => shownWidths(page)).toEqual([2])
})

test('ui.md §3.3 rule 1: on the start screen, images stay with the words until a session has both', async ({
  browser,
}) => {
  await using model = await SeeingModel.start()
  await using screen = Screen.over(browser, model.conch)
  const page = await openWithImage(screen)
  await expectAccessible(page)

  await page.page.route('**/api/sessions', (route) => route.abort())
  await page.send('What is this?')
  await page.page.getByText('The session could not be opened').waitFor()
  await page.page.unroute('**/api/sessions')
  expect(await page.composer.inputValue()).toBe('What is this?')
  await ready(page)

  await page.page.route('**/images', (route) => route.abort())
  await page.composer.press('Enter')
  await page.page.getByText('An image did not get to the server').waitFor()
  await page.page.unroute('**/images')
  expect(await page.composer.inputValue()).toBe('What is this?')
  expect(await tray(page).getByRole('listitem').count()).toBe(1)

  await page.composer.press('Enter')
  await page.questions.getByText('What is this?').waitFor()
  await expect.poll(() => shownWidths(page)).toEqual([8])
  await tray(page).waitFor({ state: 'detached' })
  expect(await page.composer.inputValue()).toBe('')
  expect(JSON.stringify(model.asked.at(-1))).toContain(PNG.buffer.toString('base64'))
  expect(model.asked).toHaveLength(1)
})

test('images without words are sent from the start screen, wait in the queue, and are edited into a question', async ({
  browser,
}) => {
  await using model = await SeeingModel.start()
  await using screen = Screen.over(browser, model.conch)
  const page = await openWithImage(screen)
  await page.composer.press('Enter')
  await page.answers.getByText('A picture.').waitFor()
  await expect.poll(() => shownWidths(page)).toEqual([8])
  await page.page.getByRole('heading', { name: 'Untitled session' }).waitFor()
  await expectAccessible(page)

  await page.send(SLOWLY)
  await page.button('Stop').waitFor()
  await choose(page, PNG)
  await ready(page)
  await page.composer.press('Enter')
  await page.queued.getByText('Images without words').waitFor()
  await page.button('Stop').click()
  await page.queued.getByRole('button', { name: 'Send now' }).click()
  await expect.poll(() => shownWidths(page)).toEqual([8])
  await page.answers.nth(2).getByText('A picture.').waitFor()

  await page.questions.last().getByRole('button', { name: 'Edit' }).click()
  await page.page.getByRole('textbox', { name: 'Edit your message' }).fill('What is this?')
  await page.button('Send in its place').click()
  await page.questions.getByText('What is this?').waitFor()
  await expect.poll(() => shownWidths(page)).toEqual([8])
  expect(screen.complaints).toEqual([])
})

test('nothing is lost where somebody else holds the turn: the image stays beside the words and goes with them later', async ({
  browser,
}) => {
  await using model = await SeeingModel.start()
  await using screen = Screen.over(browser, model.conch)
  const page = await openChat(screen)
  const other = await screen.tab(page)
  await other.send(SLOWLY)
  await page.questions.getByText(SLOWLY).waitFor()
  await choose(page, PNG)
  await ready(page)
  await page.send('And what is this?')
  await page.holderCard.waitFor()
  await ready(page)
  await page.button('Stop and send').click()
  await page.questions.getByText('And what is this?').waitFor()
  await expect.poll(() => shownWidths(page)).toEqual([8])
  await tray(page).waitFor({ state: 'detached' })
})

test('where the model is not known to take images there is no button for them', async ({ screen }) => {
  const page = await screen.person()
  await page.send('hello')
  ;(await screen.conch.model.asked()).finish()
  await page.sessionId()
  await page.button('Send').waitFor()
  expect(await page.button('Add images').count()).toBe(0)
})
