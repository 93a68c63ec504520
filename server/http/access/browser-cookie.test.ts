import { expect, test } from 'vitest'
import { accessTokenOf } from './access-token.ts'
import { BrowserCookie, newBrowserId } from './browser-cookie.ts'

const token = accessTokenOf('t'.repeat(43))
const cookie = new BrowserCookie({ token, port: 4200, secure: false })
const pairOf = (setCookie: string) => setCookie.split(';', 1)[0] ?? ''

test('S4: the cookie is out of reach for scripts and other sites, and lasts a year', () => {
  const [pair, ...attributes] = cookie.issue(newBrowserId()).split('; ')
  expect(pair).toMatch(/^conch_4200=[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}$/)
  expect(attributes).toEqual(['Path=/', 'Max-Age=31536000', 'HttpOnly', 'SameSite=Strict'])
})

test('the cookie is Secure when browsers come by https', () => {
  const secure = new BrowserCookie({ token, port: 4200, secure: true })
  expect(secure.issue(newBrowserId())).toMatch(/; Secure$/)
})

test('a cookie proves its browser, after a restart too', () => {
  const browserId = newBrowserId()
  const pair = pairOf(cookie.issue(browserId))
  const afterRestart = new BrowserCookie({ token: accessTokenOf(token.secret), port: 4200, secure: false })
  expect(afterRestart.verify(`other=1; ${pair}; another=2`)).toBe(browserId)
})

test('a cookie dies with the token it came from', () => {
  const pair = pairOf(cookie.issue(newBrowserId()))
  const other = new BrowserCookie({ token: accessTokenOf('u'.repeat(43)), port: 4200, secure: false })
  expect(other.verify(pair)).toBeUndefined()
})

test('a cookie planted under our name does not hide the genuine one', () => {
  const browserId = newBrowserId()
  expect(cookie.verify(`conch_4200=planted.x; ${pairOf(cookie.issue(browserId))}`)).toBe(browserId)
})

test('a cookie that was tampered with proves nothing', () => {
  const genuine = pairOf(cookie.issue(newBrowserId()))
  const mac = genuine.slice(genuine.indexOf('.') + 1)
  const forgeries = [
    '',
    'conch_4200',
    'conch_4200=',
    `conch_4200=${newBrowserId()}`,
    `conch_4200=${newBrowserId()}.`,
    `conch_4200=${newBrowserId()}.${mac}`,
    `conch_4200=.${mac}`,
    `${genuine}AAAA`,
    genuine.slice(0, -4),
    genuine.replace('conch_4200', 'conch_4201'),
    genuine.replace('.', '%2E'),
  ]
  for (const forgery of forgeries) expect(cookie.verify(forgery), forgery).toBeUndefined()
})
