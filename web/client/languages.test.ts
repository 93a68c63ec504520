import { expect, test } from 'vitest'
import { chosenLanguage, regionalTag, setPageLanguage } from './languages.ts'

test.each([
  ['browser', ['de-AT', 'en'], 'de'],
  ['browser', ['fi', 'DE', 'en'], 'de'],
  ['browser', ['fi', 'en-GB', 'de'], 'en'],
  ['browser', ['fi', 'ja'], 'en'],
  ['browser', [], 'en'],
  ['en', ['de'], 'en'],
  ['de', ['en'], 'de'],
] as const)('the choice %s in a browser for %j comes to %s', (choice, tags, language) => {
  expect(chosenLanguage(choice, tags)).toBe(language)
})

test('dates are written as where the person lives, in the language of the page', () => {
  expect(regionalTag('en', ['de-AT', 'en-GB', 'en-US'])).toBe('en-GB')
  expect(regionalTag('de', ['en-GB'])).toBe('de')
})

test.each([
  ['en', 'ltr'],
  ['de-AT', 'ltr'],
  ['ar', 'rtl'],
  ['he-IL', 'rtl'],
  ['fa', 'rtl'],
  ['ur', 'rtl'],
  ['az-Arab', 'rtl'],
  ['az', 'ltr'],
])('a page in %s runs %s', (language, dir) => {
  const root = { lang: '', dir: '' }
  setPageLanguage(root, language)
  expect(root).toEqual({ lang: language, dir })
})
