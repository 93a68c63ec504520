import { expect } from 'vitest'
import { ConchProcess, TestDataDir } from '../conch-process.ts'
import { finished, words } from '../model-script.ts'
import { startScriptedModel } from '../scripted-model.ts'
import { ChatPage } from './chromium.ts'
import { test } from './screen-test.ts'

const ANSWER = Array.from({ length: 80 }, (_, index) => `word${index}`).join(' ')

for (const continues of [true, false]) {
  const model = continues ? 'goes on in its text' : 'begins anew'
  test(`F19, I2, I6, D6: a page that is open during kill -9, and not touched, shows the whole answer of a model that ${model}`, async ({
    browser,
  }) => {
    using dataDir = new TestDataDir()
    await using endpoint = await startScriptedModel({
      continues,
      script: ({ n, messages }) => {
        const last = messages.at(-1)
        const begun = last?.role === 'assistant' ? (last.content ?? '') : ''
        return [words(ANSWER.slice(begun.length), n === 1 ? 20 : 5), ...finished()]
      },
    })
    const flags = ['--model-url', endpoint.baseUrl, '--model', 'm']
    const first = await ConchProcess.start(dataDir.path, flags)
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
    try {
      const page = new ChatPage(await context.newPage())
      await page.page.goto(first.link)
      await page.send('go on')
      await page.answers.getByText('word9').waitFor()
      await page.page.evaluate(() => Object.assign(window, { isSamePage: true }))
      await first.end('SIGKILL')
      await using _second = await ConchProcess.start(dataDir.path, [...flags, '--port', new URL(first.url).port])
      await page.answers.getByText('word79').waitFor({ timeout: 60_000 })
      const paragraphs = await page.answers.locator('p').allInnerTexts()
      expect(paragraphs).toEqual([ANSWER])
      expect(await page.page.evaluate(() => 'isSamePage' in window)).toBe(true)
      await expect.poll(() => page.page.getByRole('log').getAttribute('aria-busy')).toBe('false')
      expect(await page.page.getByTestId('outcome').count()).toBe(0)
    } finally {
      await context.close()
      await first.end('SIGKILL')
    }
  })
}
