import { describe, expect, test } from 'vitest'
import { isForbiddenAddress, readModelAddress, shownUrl } from './model-address.ts'

describe('row 93: an address that no model server may have', () => {
  test.each([
    'http://169.254.169.254/v1',
    'http://169.254.169.254.:80/v1',
    'http://0xa9fea9fe/v1',
    'http://2852039166/v1',
    'http://0.0.0.0:11434/v1',
    'http://[::]/v1',
    'http://[::ffff:127.0.0.1]:22',
    'http://[::ffff:a9fe:a9fe]/v1',
    'http://[64:ff9b::a9fe:a9fe]/v1',
    'http://[2002:a9fe:a9fe::]/v1',
    'http://[fe80::1]/v1',
    'http://[fd00:ec2::254]/v1',
    'http://224.0.0.1/v1',
    'http://255.255.255.255/v1',
    'http://100.100.100.200/v1',
    'file:///etc/passwd',
    'javascript:alert(1)',
    'ftp://127.0.0.1/v1',
    'http://user:pw@127.0.0.1/v1',
    'http://user@127.0.0.1/v1',
    'http://127.0.0.1/v1?key=1',
    'http://127.0.0.1/v1#x',
    '127.0.0.1:11434/v1',
    'http://',
    '',
  ])('%s', (text) => {
    expect(readModelAddress(text)).toMatchObject({ status: 'refused', message: expect.stringMatching(/^(must|is)/) })
  })
})

test.each([
  ['http://127.0.0.1:11434/v1', 'http://127.0.0.1:11434/v1'],
  [' http://localhost:8000/api/v1/ ', 'http://localhost:8000/api/v1'],
  ['http://192.168.1.20:8080', 'http://192.168.1.20:8080/v1'],
  ['http://[::1]:8080/v1', 'http://[::1]:8080/v1'],
  ['http://[fd12:3456::1]/v1', 'http://[fd12:3456::1]/v1'],
  ['https://models.example/openai/v1/chat/completions', 'https://models.example/openai/v1'],
  ['HTTP://Models.Example:80/v1/models', 'http://models.example/v1'],
])('%s is %s', (text, baseUrl) => {
  expect(readModelAddress(text)).toEqual({ status: 'ok', baseUrl, origin: new URL(baseUrl).origin })
})

test('row 93: an IPv4 address is judged as one, and not by the prefix that IPv6 maps it under', () => {
  for (const ip of ['127.0.0.1', '10.1.2.3', '192.168.0.1', '8.8.8.8', '::1', 'fd12::1']) {
    expect(isForbiddenAddress(ip), ip).toBe(false)
  }
})

test('S16: what people see of a base URL has no credentials', () => {
  expect(shownUrl('http://user:pw@127.0.0.1:9/v1/?key=1')).toBe('http://127.0.0.1:9/v1')
})
