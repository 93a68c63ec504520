import { callTool, finished, type ModelScript, text } from '../model-script.ts'
import type { PromptMessage } from '../model-script-presets.ts'

/** What is asked in the scenes, and what the model answers. */

export const WHY_TWICE = 'Why is the sea higher twice a day, and not once?'
export const WHEN_NEXT = 'And when is it high again, if it was high just now?'
export const SUN_AND_WIND = 'And what do the sun and the wind add to it?'
/** The same, to a model that takes its time. */
export const WHY_SLOWLY = 'Why is it high tide twice a day, and not once?'
export const TABLE_OF_TIDES = 'Show me how to compute the height of the tide, with the formula'

export const WHAT_MOON = 'What does this picture say about tonight’s tide?'
export const DRAW_TIDES = 'Draw how the moon makes the tide'

/** The end of an answer that is still being written. */
export const STILL_WRITING = 'That is why high tide comes'

/** Sessions of other days, first to last. */
export const OTHER_SESSIONS = [
  'Names for a small sailing boat',
  'Compare two offers for insulation',
  'Letter to the harbour office',
]

const TWO_BULGES = `The moon pulls on all of the earth, but not on all of it **equally**:

1. The water on the near side is pulled more than the earth below it, so it rises towards the moon.
2. The earth is pulled more than the water on the far side, so that water is *left behind* and stands high as well.

The earth turns through both of these bulges once a day.`

const HEIGHTS = `The tide is the sum of a few waves, each with a period of its own. With the mean level $h_0$, the height is

$$
h(t) = h_0 + \\sum_{k=1}^{n} A_k \\cos(\\omega_k t + \\varphi_k)
$$

Two of them carry most of it:

| Wave | Cause | Period |
| --- | --- | ---: |
| M2 | the moon | 12.42 h |
| S2 | the sun | 12.00 h |

In TypeScript:

\`\`\`ts
interface Wave {
  readonly amplitude: number // metres
  readonly periodHours: number
  readonly phase: number
}

/** Metres above chart datum, \`hours\` after midnight. */
export function heightAt(hours: number, mean: number, waves: readonly Wave[]): number {
  return waves.reduce(
    (sum, wave) => sum + wave.amplitude * Math.cos((2 * Math.PI * hours) / wave.periodHours + wave.phase),
    mean,
  )
}
\`\`\`

The amplitudes and phases are measured for each harbour.`

export const SPRING_TIDE = `The moon is **full**, so it stands opposite the sun, and both pull along one line. That makes a *spring tide*:

- high water is higher than usual
- low water is lower than usual

It comes a day or two after the full moon, not in the same night.`

const DRAWN_TIDES = `From the pull to the tide, and once around:

\`\`\`mermaid
flowchart TD
  moon[The moon pulls] --> near[Water rises on the near side]
  moon --> far[Water is left behind on the far side]
  near --> high[High tide]
  far --> high
\`\`\`

The earth turns through both sides, so each place has high tide twice a day.`

const ANSWERS: Readonly<Record<string, ModelScript>> = {
  [WHY_TWICE]: [text(TWO_BULGES), ...finished()],
  [WHEN_NEXT]: callTool('time', '{"timezone":"Europe/Lisbon"}'),
  [SUN_AND_WIND]: [
    text('The sun adds a smaller pair of bulges. At new and full moon they stand on top of the moon’s, '),
    { do: 'hang' },
  ],
  [WHY_SLOWLY]: [text(`${TWO_BULGES}\n\n${STILL_WRITING}`), { do: 'hang' }],
  [TABLE_OF_TIDES]: [text(HEIGHTS), ...finished()],
  [DRAW_TIDES]: [text(DRAWN_TIDES), ...finished()],
}

const AFTER_THE_TOOL =
  'It is just past midnight in Lisbon. High tides are 12 hours and 25 minutes apart, so the next one comes at about **12:25**.'

export function scriptFor(last: PromptMessage | undefined): ModelScript {
  if (last?.role === 'tool') return [text(AFTER_THE_TOOL), ...finished()]
  return ANSWERS[last?.content ?? ''] ?? [text('Yes.'), ...finished()]
}
