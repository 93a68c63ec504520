import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

/** In a language that runs from right to left the page does too: so nothing is placed at a left or a right. */

const WEB = fileURLToPath(new URL('.', import.meta.url))

const PHYSICAL_CLASS =
  /(?:^|[\s"'`:])-?(?:(?:m|p|scroll-m|scroll-p)[lr]-|(?:left|right)-[\d[(]|(?:text|float|clear)-(?:left|right)(?![\w-])|(?:rounded|rounded-[tb]|border)-?[lr](?:-|(?=[\s"'`])))/
const PHYSICAL_PROPERTY =
  /(?:^|[\s;{])(?:(?:margin|padding|border|inset)-(?:left|right)|(?:left|right))\s*:|:\s*(?:left|right)\s*[;}]/

describe('what counts as physical', () => {
  test.each([
    'ml-2',
    'md:pl-4',
    '-mr-1',
    'left-0',
    'right-[3px]',
    'text-left',
    'rounded-l-medium',
    'border-r',
    'rounded-tl-small',
  ])('the class %s does', (name) => expect(PHYSICAL_CLASS.test(`class="a ${name} b"`)).toBe(true))
  test.each([
    'ms-2',
    'pe-4',
    'start-0',
    'end-3',
    'text-start',
    'rounded-s-medium',
    'border-e',
    'rounded-ee-small',
    'rounded-large',
    'border-line',
  ])('the class %s does not', (name) => expect(PHYSICAL_CLASS.test(`class="a ${name} b"`)).toBe(false))
  test.each(['margin-left: 1px;', ' left: 0;', 'text-align: right;', 'float: left}'])('the style %s does', (style) =>
    expect(PHYSICAL_PROPERTY.test(style)).toBe(true),
  )
})

test('no class and no style of the web app is physical', () => {
  const files = readdirSync(WEB, { recursive: true, encoding: 'utf8' })
  const classes = linesOf(files, '.tsx').filter(([, line]) => PHYSICAL_CLASS.test(line))
  const styles = linesOf(files, '.css').filter(([, line]) => PHYSICAL_PROPERTY.test(line))
  expect([...classes, ...styles]).toEqual([])
})

function linesOf(files: readonly string[], ending: string): readonly (readonly [string, string])[] {
  const chosen = files.filter((file) => file.endsWith(ending))
  expect(chosen.length).toBeGreaterThan(0)
  return chosen.flatMap((file) =>
    readFileSync(join(WEB, file), 'utf8')
      .split('\n')
      .map((line, index) => [`${file}:${index + 1}`, line] as const),
  )
}
