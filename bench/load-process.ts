import { answerQuestions } from './harness/helper-process.ts'
import { type FollowersWanted, IdleFollowers } from './load/idle-followers.ts'
import { type FloodWanted, RequestFlood } from './load/request-flood.ts'
import { SampleWindow } from './load/sample-window.ts'
import { sendAndNote, sendAtOnce, timeRequests } from './load/single-requests.ts'
import { type StreamsEnd, type StreamsWanted, TokenStreams } from './load/token-streams.ts'
import { TurnFlood, type TurnFloodWanted } from './load/turn-flood.ts'

/** The clients of the bench. What runs until it is stopped puts its samples into the one window; see `SampleWindow`. */
function loadClient() {
  const samples = new SampleWindow()
  let streams: TokenStreams | null = null
  let flood: RequestFlood | null = null
  let turns: TurnFlood | null = null
  let followers: IdleFollowers | null = null
  return {
    timeRequests,
    sendAndNote,
    sendAtOnce,
    openWindow: () => samples.open(),
    closeWindow: () => samples.close(),
    async openStreams(wanted: StreamsWanted): Promise<void> {
      streams = await TokenStreams.open(wanted, samples)
    },
    async finishStreams(written: Readonly<Record<string, number>>): Promise<StreamsEnd> {
      if (!streams) throw new Error('no streams are open')
      return await streams.finish(written)
    },
    startRequests(wanted: FloodWanted): void {
      flood = new RequestFlood(wanted, samples)
    },
    stopRequests: () => flood?.stop() ?? 0,
    startTurns(wanted: TurnFloodWanted): void {
      turns = new TurnFlood(wanted, samples)
    },
    stopTurns: () => turns?.stop(),
    async openFollowers(wanted: FollowersWanted): Promise<void> {
      followers = await IdleFollowers.open(wanted)
    },
    followerBytes: () => followers?.received ?? 0,
    closeFollowers: () => followers?.close(),
  }
}
export type LoadAnswers = ReturnType<typeof loadClient>

answerQuestions(loadClient())
