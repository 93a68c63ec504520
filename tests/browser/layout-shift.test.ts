import { expect } from 'vitest'
import type { Question } from '../conch-app.ts'
import type { ChatPage, Screen } from './chromium.ts'
import { test } from './screen-test.ts'
import { SIZES } from './stage.ts'

/** What is read stays where it is while an answer arrives, by the browser's own measure of layout shifts. */

const LONG_ANSWER = `# Tides

A first paragraph with **strong** words, a list:

- the moon, which pulls
- the sun, which pulls less

| Wave | Period |
| --- | ---: |
| M2 | 12.42 h |

A formula, $h_0$, and one apart:

$$
h(t) = \\sum_{k} A_k \\cos(\\omega_k t)
$$

\`\`\`ts
const waves = [{ period: 12.42 }]
${'console.log(waves)\n'.repeat(12)}\`\`\`

${'One more paragraph that is long enough to take a second line on any screen of those that are tried. '.repeat(6)}`

for (const size of ['wide', 'phone'] as const) {
  test(`nothing that is shown moves while an answer arrives, grows past the screen and ends: ${size}`, async ({
    screen,
  }) => {
    const page = await screen.person({ ...SIZES[size], reducedMotion: 'reduce' })
    // what draws formulas and colours is fetched when it is first needed
    await (await begunAnswer(screen, page, 'Once: $h_0$, and `x`:\n\n```ts\nconst x = 1\n```\n')).finish()
    await page.page.locator('[data-math=drawn]').waitFor()
    await page.page.locator('.token-keyword').first().waitFor()
    const question = await begunAnswer(screen, page, 'The answer begins. ')
    await page.answers.getByText('The answer begins.').waitFor()
    await countShifts(page)
    for (let at = 0; at < LONG_ANSWER.length; at += 23) {
      await question.say(LONG_ANSWER.slice(at, at + 23))
      await page.page.evaluate(() => new Promise((resolve) => requestAnimationFrame(resolve)))
    }
    const place = await page.composer.boundingBox()
    question.finish()
    await expect.poll(() => page.page.getByRole('log').getAttribute('aria-busy')).toBe('false')
    await page.answers.last().locator('.token-keyword').first().waitFor()
    await page.answers.last().locator('[data-math=drawn]').nth(1).waitFor()
    expect(await page.page.evaluate(() => Reflect.get(window, 'shifts'))).toEqual([])
    expect(await page.composer.boundingBox()).toEqual(place)
  })
}

async function begunAnswer(screen: Screen, page: ChatPage, text: string): Promise<Question> {
  await page.composer.fill('explain the tides')
  await page.button('Send').click()
  const question = await screen.conch.model.asked()
  await question.say(text)
  return question
}

/** From now on the page keeps a list of what has moved in the conversation without a person's doing. */
async function countShifts({ page }: ChatPage): Promise<void> {
  await page.evaluate(() => {
    const shifts: string[] = []
    Reflect.set(window, 'shifts', shifts)
    const log = document.querySelector('[role=log]')
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const sources: unknown = Reflect.get(entry, 'sources')
        for (const { node, previousRect: from, currentRect: to } of Array.isArray(sources) ? sources : []) {
          if (log?.contains(node) === false) continue
          const name = node.outerHTML?.slice(0, 120) ?? node.textContent
          shifts.push(`${Reflect.get(entry, 'value')}: ${name} ${from.x},${from.y} to ${to.x},${to.y}`)
        }
      }
    }).observe({ type: 'layout-shift', buffered: false })
  })
}
