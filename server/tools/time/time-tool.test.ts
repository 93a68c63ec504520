import { describe, expect, test } from 'vitest'
import { ManualClock } from '../../lib/manual-clock.ts'
import { createTimeTool } from './time-tool.ts'

const tool = createTimeTool({ clock: new ManualClock(Date.UTC(2026, 6, 1, 23, 5, 9)), localTimezone: 'Europe/Berlin' })

async function tell(argumentsJson: string) {
  const parsed = tool.parse(argumentsJson)
  if (!parsed.ok) throw new Error(parsed.problem)
  return tool.execute(parsed.value, new AbortController().signal)
}

describe('the time', () => {
  test.each([
    ['{}', '2026-07-02T01:05:09+02:00 (Thursday, Europe/Berlin)'],
    ['{"timezone":null}', '2026-07-02T01:05:09+02:00 (Thursday, Europe/Berlin)'],
    ['{"timezone":""}', '2026-07-02T01:05:09+02:00 (Thursday, Europe/Berlin)'],
    ['{"timezone":"UTC"}', '2026-07-01T23:05:09+00:00 (Wednesday, UTC)'],
    ['{"timezone":"Asia/Kathmandu"}', '2026-07-02T04:50:09+05:45 (Thursday, Asia/Kathmandu)'],
    ['{"timezone":"America/New_York"}', '2026-07-01T19:05:09-04:00 (Wednesday, America/New_York)'],
    ['{"timezone":"UTC","format":"long"}', '2026-07-01T23:05:09+00:00 (Wednesday, UTC)'],
  ])('for %s is %s', async (argumentsJson, result) => {
    expect(await tell(argumentsJson)).toEqual({ status: 'ok', result })
  })

  test('in a zone that does not exist is an error in words', async () => {
    expect(await tell('{"timezone":"Mars/Olympus"}')).toEqual({
      status: 'error',
      result: expect.stringContaining('no time zone named "Mars/Olympus"'),
    })
  })
})

describe('F55: arguments that do not fit', () => {
  test.each([
    ['', 'not JSON'],
    ['{"timezone":"Europe/Ber', 'not JSON'],
    ['{"timezone":5}', 'timezone'],
    ['[]', 'expected object'],
    ['null', 'expected object'],
    [`{"timezone":"${'x'.repeat(65)}"}`, 'timezone'],
  ])('%s', (argumentsJson, problem) => {
    expect(tool.parse(argumentsJson)).toEqual({ ok: false, problem: expect.stringContaining(problem) })
  })

  test('a key named __proto__ sets nothing', async () => {
    expect(await tell('{"__proto__":{"timezone":"UTC"}}')).toMatchObject({
      result: expect.stringContaining('Europe/Berlin'),
    })
    expect('timezone' in {}).toBe(false)
  })
})

test('the model is told the arguments as a JSON Schema', () => {
  expect(tool.definition.parameters).toMatchObject({ type: 'object', properties: { timezone: expect.anything() } })
  expect(tool.definition.parameters).not.toHaveProperty('$schema')
})
