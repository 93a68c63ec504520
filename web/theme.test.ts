import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'

/** The colours of `styles.css`, each with its day and its night. */
const colours = new Map(
  [
    ...readFileSync(new URL('./styles.css', import.meta.url), 'utf8').matchAll(
      /--color-([\w-]+): light-dark\((#[0-9a-f]{6}), (#[0-9a-f]{6})\)/g,
    ),
  ].map(([, name = '', light = '', dark = '']) => [name, { light, dark }]),
)

const READABLE = 4.5
/** For what is no text: borders of what can be used, and large signs. */
const VISIBLE = 3

const GROUNDS = ['paper', 'sunken', 'raised', 'wash']

const PAIRS: readonly (readonly [front: string, back: string, least: number])[] = [
  ...GROUNDS.flatMap((ground) => ['ink', 'soft', 'accent', 'alarm'].map((front) => [front, ground, READABLE] as const)),
  ...['key', 'text', 'name', 'value'].map((kind) => [`code-${kind}`, 'sunken', READABLE] as const),
  ['on-accent', 'accent', READABLE],
  ['paper', 'ink', READABLE],
  ['paper', 'alarm', READABLE],
  ['edge', 'raised', VISIBLE],
  ['edge', 'paper', VISIBLE],
]

describe('contrast', () => {
  test.each(PAIRS)('%s on %s is at least %d', (front, back, least) => {
    for (const mode of ['light', 'dark'] as const) {
      const ratio = contrast(colour(front)[mode], colour(back)[mode])
      expect(ratio, `${front} on ${back}, ${mode}: ${ratio.toFixed(2)}`).toBeGreaterThanOrEqual(least)
    }
  })
})

test('diagrams are drawn in the same colours', () => {
  const frame = readFileSync(new URL('./diagram/diagram-frame.ts', import.meta.url), 'utf8')
  const drawn = [...frame.matchAll(/(\w+): \['(#[0-9a-f]{6})', '(#[0-9a-f]{6})'\]/g)]
  expect(drawn.length).toBeGreaterThan(3)
  for (const [, name = '', light, dark] of drawn) expect(colour(name)).toEqual({ light, dark })
})

function colour(name: string) {
  const found = colours.get(name)
  if (found === undefined) throw new Error(`styles.css has no colour named ${name}`)
  return found
}

function contrast(a: string, b: string): number {
  const [dark = 0, light = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (light + 0.05) / (dark + 0.05)
}

function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => linear(Number.parseInt(hex.slice(at, at + 2), 16) / 255))
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function linear(channel: number): number {
  return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4
}
