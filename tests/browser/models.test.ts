import { expect } from 'vitest'
import { ConchApp } from '../conch-app.ts'
import { allAt, imitationOf } from '../model-servers/discovery-scenario.ts'
import { IMITATED_KEY } from '../model-servers/imitated-state.ts'
import { findClosedPort, startScriptedServer } from '../model-servers/scripted-server.ts'
import { expectAccessible } from './accessible.ts'
import { Screen } from './chromium.ts'
import { test } from './screen-test.ts'

const LONGEST_PAUSE_MS = 60_000

test('with no model anywhere the first screen says so, and goes on by itself when one is started', async ({
  browser,
}) => {
  const port = await findClosedPort()
  const conch = await ConchApp.lookingAt(allAt(await findClosedPort(), { ollama: [port] }), { noAuth: false })
  await using screen = Screen.over(browser, conch)
  const { page } = await screen.person()
  await page.getByRole('heading', { name: 'No model is running here yet' }).waitFor()
  const ollama = page.getByTestId('model-server').filter({ hasText: 'Ollama' })
  await ollama.getByText('Not running').waitFor()
  await ollama.getByText('ollama serve').waitFor()
  expect(await page.getByTestId('model-server').count()).toBe(7)
  await using _ollama = await startScriptedServer(imitationOf('ollama', 'found'), { port })
  // the pause between two looks may begin only now, so the time goes on until it is over
  const firstRun = page.getByTestId('first-run')
  await expect
    .poll(() => {
      conch.clock.advance(LONGEST_PAUSE_MS)
      return firstRun.count()
    })
    .toBe(0)
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
  await page.getByTestId('model-name').getByText('qwen3:4b').waitFor()
  expect(screen.complaints).toEqual([])
})

test('the practice model is one click away from the first screen, and says what it is', async ({ browser }) => {
  const conch = await ConchApp.lookingAt(allAt(await findClosedPort()), { noAuth: false })
  await using screen = Screen.over(browser, conch)
  const { page } = await screen.person()
  await page.getByRole('button', { name: 'Look around with the practice model' }).click()
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
  await page.getByTestId('practice-note').getByText('This is the practice model.').waitFor()
  await page.reload()
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
})

test.for([760, 256])(
  'in the first run a wrong address is answered beside it, in sight, on %i pixels',
  async (height, { browser }) => {
    const conch = await ConchApp.lookingAt(allAt(await findClosedPort()), { noAuth: false })
    await using screen = Screen.over(browser, conch)
    const { page } = await screen.person({ viewport: { width: 1200, height }, reducedMotion: 'reduce' })
    const address = page.getByRole('textbox', { name: 'Another address' })
    await address.fill('nonsense')
    const answer = page.getByRole('alert')
    for (const _ of ['the first time', 'and with the same answer once more']) {
      await address.press('Enter')
      await answer.waitFor()
      const box = await answer.boundingBox()
      const isInSight = box !== null && box.y > 0 && box.y + box.height <= height
      expect([isInSight, box], 'the answer is in sight').toEqual([true, box])
      const described = await address.evaluate((input) => input.getAttribute('aria-describedby') ?? '')
      expect(await answer.getAttribute('id')).toBe(described)
      await page.getByTestId('first-run').evaluate((scroller) => scroller.scrollBy(0, -40))
    }
    expect(await address.inputValue()).toBe('nonsense')
  },
)

test('a model is chosen in the settings, by mouse and by address; a wrong address is explained and stays to be mended', async ({
  browser,
}) => {
  await using other = await startScriptedServer(({ path }) =>
    path === '/v1/models' ? { json: { data: [{ id: 'lan-model' }] } } : { status: 404, text: '' },
  )
  await using ollama = await startScriptedServer(imitationOf('ollama', 'found'))
  const ports = allAt(await findClosedPort(), { ollama: [ollama.port] })
  await using screen = Screen.over(browser, await ConchApp.lookingAt(ports, { noAuth: false }))
  const { page } = await screen.person()
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.waitForURL(/\/settings$/)
  const choice = page.getByTestId('model-choice')
  await choice.getByText('qwen3:4b').waitFor()
  await page.getByRole('button', { name: 'Use llama3.2:latest' }).click()
  await choice.getByText('llama3.2:latest').waitFor()
  await choice.getByText('chosen here').waitFor()

  const address = page.getByRole('textbox', { name: 'Another address' })
  await address.fill('http://169.254.169.254/v1')
  await address.press('Enter')
  await page.getByRole('alert').getByText('no model server has').waitFor()
  expect(await address.inputValue()).toBe('http://169.254.169.254/v1')
  await address.fill(other.origin)
  await address.press('Enter')
  await choice.getByText('lan-model').waitFor()
  await page.goBack()
  await page.getByRole('textbox', { name: 'Message' }).waitFor()
  await page.getByTestId('model-name').getByText('lan-model').waitFor()
})

test('S16: a server that wants a key is told apart; the key is taken, and is nowhere on the page again', async ({
  browser,
}) => {
  await using vllm = await startScriptedServer(imitationOf('vllm', 'needs_key'))
  const ports = allAt(await findClosedPort(), { vllm: [vllm.port] })
  await using screen = Screen.over(browser, await ConchApp.lookingAt(ports, { noAuth: false }))
  const { page } = await screen.person()
  await page.getByTestId('model-server').filter({ hasText: 'vLLM' }).getByText('Needs a key').waitFor()
  const key = page.getByLabel('API key')
  await key.fill(IMITATED_KEY)
  await key.press('Enter')
  await page.getByTestId('model-name').getByText('Qwen/Qwen3-4B').waitFor()
  await page.getByRole('button', { name: 'Settings' }).click()
  await page.getByTestId('model-choice').waitFor()
  expect(await page.content()).not.toContain(IMITATED_KEY)
  expect(await page.getByLabel('API key').inputValue()).toBe('')
})

test.for([
  ['busy', 'is answering somebody else'],
  ['loading', 'is being loaded'],
  ['needs_key', 'wants an API key'],
  ['no_model', 'has no model'],
  ['refused', 'is not running'],
] as const)('above the conversation a server that is %s is told apart', async ([state, text], { browser }) => {
  const server = await startScriptedServer(imitationOf('lemonade', 'found'))
  await using stopping = server
  const ports = allAt(await findClosedPort(), { lemonade: [server.port] })
  const conch = await ConchApp.lookingAt(ports, { noAuth: false })
  await using screen = Screen.over(browser, conch)
  const { page } = await screen.person()
  await page.getByTestId('model-name').getByText('Qwen3-4B-GGUF').waitFor()
  expect(await page.getByTestId('model-line').count()).toBe(0)
  if (state === 'refused') await stopping[Symbol.asyncDispose]()
  else server.respond = imitationOf('lemonade', state)
  await conch.ownerClient().request('POST', '/api/models/probe')
  await page.getByTestId('model-line').getByRole('status').getByText(text).waitFor()
})

for (const [name, look] of [
  ['light and wide', { colorScheme: 'light', viewport: { width: 1280, height: 800 } }],
  ['dark on a phone', { colorScheme: 'dark', viewport: { width: 360, height: 740 } }],
] as const) {
  test(`axe finds nothing on the first screen and in the settings, and nothing is clipped: ${name}`, async ({
    browser,
  }) => {
    await using lemonade = await startScriptedServer(imitationOf('lemonade', 'no_model'))
    await using vllm = await startScriptedServer(imitationOf('vllm', 'needs_key'))
    const ollamaPort = await findClosedPort()
    const there = { lemonade: [lemonade.port], vllm: [vllm.port], ollama: [ollamaPort] } as const
    const conch = await ConchApp.lookingAt(allAt(await findClosedPort(), there), { noAuth: false })
    await using screen = Screen.over(browser, conch)
    const { page } = await screen.person({ ...look, reducedMotion: 'reduce' })
    await page.getByTestId('first-run').waitFor()
    await expectAccessible({ page })
    await using _ollama = await startScriptedServer(imitationOf('ollama', 'found'), { port: ollamaPort })
    await page.goto(`${conch.url}/settings`)
    await page.getByRole('button', { name: 'Look again' }).click()
    await page.getByTestId('model-choice').getByText('qwen3:4b').waitFor()
    await expectAccessible({ page })
    expect(screen.complaints).toEqual([])
  })
}
