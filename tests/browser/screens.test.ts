import { describe, expect, vi } from 'vitest'
import { expectAccessible } from './accessible.ts'
import { clippedText, longLines, smallTargets, strayColours, unseenFocus } from './drawn-page.ts'
import { SCENES } from './scenes.ts'
import { test } from './screen-test.ts'
import { SIZES, Stage } from './stage.ts'

/** Every scene of docs/screens, as anybody may look at it: by day and by night, on a wide screen and on a phone. */

vi.setConfig({ testTimeout: 120_000 })

const LONGEST_LINE = 75
const FINGER_PX = 44
/** What marks what matters, and what warns. */
const STRONG_COLOURS = ['accent', 'alarm', 'on-accent']
/** As many as reach from the list of sessions into the page. */
const TAB_STEPS = 24

describe.each(['wide', 'phone'] as const)('%s', (size) => {
  test.for(Object.entries(SCENES))('%s', async ([_name, play], { browser }) => {
    await using stage = new Stage(browser, size)
    const { page } = await play(stage)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      await expectAccessible({ page })
      expect(await strayColours(page, STRONG_COLOURS)).toEqual([])
    }
    expect(page.viewportSize()).toEqual(SIZES[size].viewport)
    expect(await clippedText(page)).toEqual([])
    expect(await longLines(page, LONGEST_LINE)).toEqual([])
    if (size === 'phone') expect(await smallTargets(page, FINGER_PX)).toEqual([])
    expect(await unseenFocus(page, TAB_STEPS)).toEqual([])
  })
})
