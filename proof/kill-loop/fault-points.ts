/**
 * Places where the server of the kill loop may die. `PROOF_FAULT_POINT=append.after:3` kills it, with SIGKILL and by
 * itself, when it passes that place for the third time.
 */

/** Writes of the two stores. `before`: not asked yet. `during`: on its way to the disk. `after`: committed, not answered. */
const WRITES = [
  'claimTurn',
  'append',
  'recordStop',
  'endTurn',
  'replaceTurn',
  'queueTurn',
  'claimQueued',
  'changeQueue',
  'cancelSend',
  'createSession',
  'updateSession',
  'deleteSession',
  'branchSession',
] as const

/** Passed before the server listens. */
const AT_START = ['readOrphans.after', 'readTurnEntries.after', 'takeOverTurn.before', 'takeOverTurn.after'] as const

/** `delivery`: committed, and nobody has been shown it. `tool`: before its effect, and after. */
export const FAULT_POINTS: readonly string[] = [
  ...WRITES.flatMap((write) => [`${write}.before`, `${write}.during`, `${write}.after`]),
  'delivery.before',
  'delivery.after',
  'tool.before',
  'tool.after',
  ...AT_START,
]

const wanted = process.env.PROOF_FAULT_POINT
const passed = new Map<string, number>()

/** Dies here if it is the time. */
export function passFaultPoint(name: string): void {
  if (!wanted) return
  const times = (passed.get(name) ?? 0) + 1
  passed.set(name, times)
  if (`${name}:${times}` === wanted) process.kill(process.pid, 'SIGKILL')
}
