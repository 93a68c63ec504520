import { expect, test } from 'vitest'
import { fileNameOf } from './file-name.ts'

test('a title becomes a name that every system takes', () => {
  expect(fileNameOf('Why is the sea higher?', 'md')).toBe('Why-is-the-sea-higher.md')
  expect(fileNameOf('../../etc/passwd', 'json')).toBe('etc-passwd.json')
  expect(fileNameOf('Ü\u{1f41a}ber: "alles"\0', 'md')).toBe('Ü-ber-alles.md')
  expect(fileNameOf('...', 'md')).toBe('session.md')
  expect(fileNameOf('a'.repeat(300), 'md')).toHaveLength(63)
})
