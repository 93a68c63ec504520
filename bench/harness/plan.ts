/** How much is measured. */
export interface BenchPlan {
  readonly isQuick: boolean
  /** Of each comparison, in turns: limit, Conch, limit, Conch … */
  readonly rounds: number
  /** How often a round is measured before a noisy one is taken as it is. */
  readonly triesPerRound: number
  readonly windowMs: number
  /** Between the beginning of a load and that of its window. */
  readonly settleMs: number
  /** Longest wait for a quiet machine before each window. */
  readonly patienceMs: number
  readonly streamCounts: readonly number[]
  /** Sequential requests, where one at a time is measured. */
  readonly requests: number
  readonly starts: number
  readonly connections: number
  readonly turnClients: number
  readonly logEntries: number
  readonly followers: readonly number[]
  readonly longSession: number
  readonly growth: { readonly sessions: readonly number[]; readonly messages: readonly number[] }
  /** Where data directories are made: the disk that is measured. */
  readonly dataRoot: string
}

export const TOKENS_PER_SECOND = 50

export const FULL_PLAN: Omit<BenchPlan, 'dataRoot'> = {
  isQuick: false,
  rounds: 5,
  triesPerRound: 3,
  windowMs: 3_000,
  settleMs: 1_500,
  patienceMs: 30_000,
  streamCounts: [1, 50, 200, 500],
  requests: 300,
  starts: 7,
  connections: 50,
  turnClients: 32,
  logEntries: 1_000_000,
  followers: [100, 1_000, 10_000],
  longSession: 100_000,
  growth: { sessions: [1_000, 10_000, 100_000, 1_000_000], messages: [1_000, 10_000, 100_000, 1_000_000] },
}

/** Enough to see that the bench itself works. Its figures mean nothing. */
export const QUICK_PLAN: Omit<BenchPlan, 'dataRoot'> = {
  isQuick: true,
  rounds: 1,
  triesPerRound: 1,
  windowMs: 500,
  settleMs: 300,
  patienceMs: 0,
  streamCounts: [20],
  requests: 10,
  starts: 1,
  connections: 4,
  turnClients: 4,
  logEntries: 4_000,
  followers: [50],
  longSession: 1_000,
  growth: { sessions: [100], messages: [200] },
}
