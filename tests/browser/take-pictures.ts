import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ManualClock } from '../../server/lib/manual-clock.ts'
import { type ChatPage, launchChromium, Screen } from './chromium.ts'

/**
 * Takes the pictures of the documentation from the real product, with a model that this script plays:
 * `npm run pictures`.
 */

const FOLDER = fileURLToPath(new URL('../../docs/pictures/', import.meta.url))

const ANSWERING_MS = 42_000
const QUESTION = 'Why is the sea higher twice a day, and not once?'
const ANSWER = `The moon pulls on all of the earth, but not on all of it **equally**:

1. The water on the near side is pulled more than the earth below it, so it rises towards the moon.
2. The earth is pulled more than the water on the far side, so that water is *left behind* and stands high as well.

The earth turns through both of these bulges once a day. A rough check:

\`\`\`ts
const lunarDayHours = 24.84
const hoursBetweenHighTides = lunarDayHours / 2 // 12.42
\`\`\`

That is why high tide comes`

async function busySession(screen: Screen, holder: ChatPage): Promise<void> {
  await holder.send(QUESTION)
  const question = await screen.conch.model.asked()
  await question.say(ANSWER)
  await holder.answers.getByText('That is why high tide comes').waitFor()
  await holder.button('Hide this note').click()
}

async function takePictures(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  const browser = await launchChromium()
  try {
    // the turn began a while before the picture
    await using screen = await Screen.open(browser, new ManualClock(Date.now() - ANSWERING_MS))
    const holder = await screen.person({ viewport: { width: 1280, height: 860 } })
    await busySession(screen, holder)
    const other = await screen.tab(holder)
    await other.answers.getByText('That is why high tide comes').waitFor()
    await other.send('And what do the sun and the wind add to it?')
    await other.holderCard.waitFor()
    await other.page.waitForTimeout(600) // the card has risen
    await other.page.screenshot({ path: `${FOLDER}holder-card.png` })
    await other.page.emulateMedia({ colorScheme: 'dark' })
    await other.page.setViewportSize({ width: 390, height: 844 })
    await other.page.waitForTimeout(300)
    await other.page.screenshot({ path: `${FOLDER}holder-card-phone-dark.png` })
  } finally {
    await browser.close()
  }
}

await takePictures()
