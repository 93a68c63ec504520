import type { ChatPage, Screen } from './chromium.ts'
import { moonOverTheSea } from './scene-picture.ts'
import {
  DRAW_TIDES,
  OTHER_SESSIONS,
  SPRING_TIDE,
  STILL_WRITING,
  SUN_AND_WIND,
  TABLE_OF_TIDES,
  WHAT_MOON,
  WHEN_NEXT,
  WHY_SLOWLY,
  WHY_TWICE,
} from './scene-texts.ts'
import type { Stage } from './stage.ts'

/*
 * What the web app shows, one scene for each thing that it is for: how to get there, with a real server and a scripted model.
 * The pictures in docs/screens are taken of these scenes, and screens.test.ts looks at all of them.
 */

/** Plays a scene, and answers with the page that shows it. */
export type Scene = (stage: Stage) => Promise<ChatPage>

export const SCENES: Readonly<Record<string, Scene>> = {
  empty: async (stage) => {
    const person = await stage.person(await stage.server())
    await person.page.getByRole('heading', { level: 2 }).waitFor()
    return person
  },

  chat: async (stage) => {
    const screen = await stage.server()
    const person = await settledChat(stage, screen)
    await say(person, WHEN_NEXT)
    await person.answers.getByText('12 hours and 25 minutes').waitFor()
    await settled(person)
    return person
  },

  'code-and-math': async (stage) => {
    const person = await stage.person(await stage.server())
    await say(person, TABLE_OF_TIDES)
    await settled(person)
    await person.page.locator('[data-math=drawn]').nth(1).waitFor()
    await person.page.locator('.token-keyword').first().waitFor()
    await person.answers.getByRole('table').evaluate((table) => table.scrollIntoView({ block: 'center' }))
    return person
  },

  diagram: async (stage) => {
    const person = await stage.person(await stage.server())
    await say(person, DRAW_TIDES)
    await settled(person)
    await person.page.locator('[data-diagram=drawn]').waitFor()
    return person
  },

  image: async (stage) => {
    const person = await stage.person(await stage.seeingServer(SPRING_TIDE))
    await addImage(person, 'moon.png')
    await say(person, WHAT_MOON)
    await person.answers.getByText('spring tide').waitFor()
    await settled(person)
    await person.page.getByRole('img', { name: /^(Image of this message|Bild dieser Nachricht)$/ }).waitFor()
    return person
  },

  'image-tray': async (stage) => {
    const person = await stage.person(await stage.seeingServer(SPRING_TIDE))
    for (const name of ['moon.png', 'harbour.png']) await addImage(person, name)
    await person.composer.fill(WHAT_MOON)
    return person
  },

  'holder-card': async (stage) => {
    const screen = await stage.server()
    const holder = await busyChat(stage, screen)
    const other = await screen.tab(holder)
    await other.answers.getByText(STILL_WRITING).waitFor()
    await say(other, SUN_AND_WIND)
    await other.holderCard.waitFor()
    return other
  },

  queue: async (stage) => {
    const screen = await stage.server()
    const person = await busyChat(stage, screen)
    for (const [already, message] of [SUN_AND_WIND, 'Now say it in two sentences for a child'].entries()) {
      await say(person, message)
      await person.queued.nth(already).waitFor()
    }
    return person
  },

  search: async (stage) => {
    const screen = await stage.server()
    const person = await settledChat(stage, screen)
    await person.page.keyboard.press('Control+k')
    await person.page.getByRole('combobox').fill('moon')
    await person.page.getByTestId('search-message').first().waitFor()
    return person
  },

  settings: async (stage) => {
    const screen = await stage.searchingServer('models')
    const person = await stage.person(screen)
    await person.page.goto(`${screen.conch.url}/settings`)
    await person.page.getByTestId('model-abilities').waitFor()
    return person
  },

  'first-run': async (stage) => {
    const person = await stage.person(await stage.searchingServer('nothing'))
    await person.page.getByTestId('first-run').waitFor()
    return person
  },

  offline: async (stage) => {
    const screen = await stage.server()
    const person = await settledChat(stage, screen)
    await person.composer.fill(WHEN_NEXT)
    await screen.conch.close()
    const line = person.page.getByTestId('connection-line')
    await line.waitFor()
    await line.evaluate((shown) => Promise.all(shown.getAnimations().map(({ finished }) => finished)))
    return person
  },
}

/** Sends as people do on screens of any kind: by the button. */
async function say(person: ChatPage, text: string): Promise<void> {
  await person.composer.fill(text)
  await person.page.getByRole('button', { name: /^(Send|Queue|Senden|Einreihen)$/ }).click()
  await person.page.mouse.move(0, 0)
}

async function addImage({ page }: ChatPage, name: string): Promise<void> {
  const file = { name, mimeType: 'image/png', buffer: moonOverTheSea() }
  await page.locator('input[type=file][multiple]').setInputFiles(file)
  await page.getByRole('img', { name }).waitFor()
}

async function settled(person: ChatPage): Promise<void> {
  await person.page.locator('[role=log][aria-busy=false]').waitFor()
}

/** One question, answered, among sessions of other days. */
async function settledChat(stage: Stage, screen: Screen): Promise<ChatPage> {
  for (const title of OTHER_SESSIONS) await screen.conch.ownerClient().createSession(title)
  const person = await stage.person(screen)
  await say(person, WHY_TWICE)
  await person.answers.getByText('both of these bulges').waitFor()
  await settled(person)
  return person
}

/** The same question, whose answer is still being written. */
async function busyChat(stage: Stage, screen: Screen): Promise<ChatPage> {
  for (const title of OTHER_SESSIONS) await screen.conch.ownerClient().createSession(title)
  const person = await stage.person(screen)
  await say(person, WHY_SLOWLY)
  await person.answers.getByText(STILL_WRITING).waitFor()
  return person
}
