import type { SeededRandom } from '../../server/lib/seeded-random.ts'
import { callTool, finished, type ModelScript, refuse, text, words } from '../../tests/model-script.ts'
import { directive } from '../../tests/model-script-presets.ts'
import type { ModelReply } from '../evidence/history.ts'

/** How the model ends its last reply to a message. It stands in the message, for the scripted model and for the evidence. */
type Way = Exclude<ModelReply['ending'], 'stopped'>

/** A message with a mark of its own, its session's canary, and what the scripted model shall do about it. */
export function writeMessage(random: SeededRandom, { mark, sessionId }: { mark: string; sessionId: string }): string {
  const way = random.pick<Way>(['finished', 'finished', 'finished', 'broken', 'failed'])
  return directive(stepsOf(random, { way, mark }), `<${mark}> canary-${sessionId} ends-${way} `)
}

/** One that is answered at once, and whole. */
export function writeLastMessage({ mark, sessionId }: { mark: string; sessionId: string }): string {
  const answer = [text('Here I am.'), ...finished()]
  return directive([answer], `<${mark}> canary-${sessionId} ends-finished `)
}

/** What the message asks the model to do in the end. */
export function wayOf(message: string): Way {
  const way = /ends-(\w+)/.exec(message)?.[1]
  return way === 'broken' || way === 'failed' ? way : 'finished'
}

function stepsOf(random: SeededRandom, { way, mark }: { way: Way; mark: string }): ModelScript[] {
  const said = words('one two three four five '.repeat(1 + random.below(6)), random.below(8))
  if (way === 'broken') return [[said, text('and then')]]
  if (way === 'failed') return [refuse(500, '{"error":{"message":"out of memory"}}')]
  const answer = [said, ...finished()]
  switch (random.below(4)) {
    case 0:
      return [[text('I note it.'), ...callTool('note', JSON.stringify({ mark }))], answer]
    case 1: // more than a socket takes at once, and no more than a message may have
      return [[text(`long ${'text '.repeat(15_000)}`), ...finished()]]
    default:
      return [answer]
  }
}
