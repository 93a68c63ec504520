import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { launchChromium } from './chromium.ts'
import { SCENES } from './scenes.ts'
import { type Size, Stage } from './stage.ts'

/** Takes the pictures in docs/screens of the real product: `npm run pictures`, or some of them: `npm run pictures -- queue`. */

const FOLDER = fileURLToPath(new URL('../../docs/screens/', import.meta.url))

type ColorScheme = 'light' | 'dark'

const LOOKS: readonly { readonly name: string; readonly size: Size; readonly colorScheme: ColorScheme }[] = [
  { name: 'light', size: 'wide', colorScheme: 'light' },
  { name: 'dark', size: 'wide', colorScheme: 'dark' },
  { name: 'phone', size: 'phone', colorScheme: 'light' },
]

async function takePictures(wanted: readonly string[]): Promise<void> {
  mkdirSync(FOLDER, { recursive: true })
  const browser = await launchChromium()
  try {
    for (const [name, play] of Object.entries(SCENES)) {
      if (wanted.length > 0 && !wanted.includes(name)) continue
      for (const look of LOOKS) {
        await using stage = new Stage(browser, look.size)
        const { page } = await play(stage)
        await page.emulateMedia({ colorScheme: look.colorScheme })
        await page.screenshot({ path: `${FOLDER}${name}-${look.name}.png`, animations: 'disabled', caret: 'hide' })
      }
    }
  } finally {
    await browser.close()
  }
}

await takePictures(process.argv.slice(2))
