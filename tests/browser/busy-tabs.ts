import type { Question } from '../conch-app.ts'
import type { ChatPage, Screen } from './chromium.ts'

interface BusyTabs {
  readonly first: ChatPage
  readonly second: ChatPage
  /** What the model was asked; it answers as the test says. */
  readonly question: Question
}

/** Two tabs on one session, the first one's turn running and seen in both. */
export async function openBusyTabs(screen: Screen): Promise<BusyTabs> {
  const first = await screen.person()
  await first.send('the first question')
  const question = await screen.conch.model.asked()
  await question.say('I am thinking')
  await first.sessionId()
  const second = await screen.tab(first)
  for (const { answers } of [first, second]) await answers.getByText('I am thinking').waitFor()
  return { first, second, question }
}
