import { expect, test } from 'vitest'
import { grammarOf } from './code-language.ts'

test('the names that models write lead to a grammar', () => {
  expect([grammarOf('ts'), grammarOf('C++'), grammarOf('python')]).toEqual(['typescript', 'cpp', 'python'])
})

test('row 111: a name that every object has is the name of no language', () => {
  for (const name of ['__proto__', 'constructor', 'toString', '', 'brainfuck']) expect(grammarOf(name)).toBeNull()
})
