import { expect } from 'vitest'
import { test } from './screen-test.ts'

test('it is said for how long the model has thought, the same after a reload', async ({ screen }) => {
  const chat = await screen.person()
  await chat.send('why twice?')
  const question = await screen.conch.model.asked()
  await question.think('The moon, and')
  const reasoning = chat.page.getByTestId('reasoning')
  await reasoning.getByText('Thinking…').waitFor()
  screen.conch.clock.advance(12_000)
  await question.think(' the far side.')
  await question.say('Because of the moon.')
  screen.conch.clock.advance(30_000)
  await question.say(' And inertia.')
  question.finish()
  await reasoning.getByText('Thought for 12 s').waitFor()
  await screen.conch.app.engine.idle(await chat.sessionId())
  await chat.page.reload()
  await reasoning.getByText('Thought for 12 s').waitFor()
  await reasoning.locator('summary').press('Enter')
  await reasoning.getByText('The moon, and the far side.').waitFor()
  expect(screen.complaints).toEqual([])
})
