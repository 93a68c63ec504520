/**
 * The mistakes of docs/faults.md, ready to be planted into a copy of the source while it is loaded. The server itself knows
 * nothing of them. Each edit names the text that it replaces; where that text is gone, planting fails loudly.
 */
export interface Mistake {
  readonly number: string
  /** What the source does then, in a few words. */
  readonly words: string
  readonly edits: readonly Edit[]
}

export interface Edit {
  /** From the root of the tree. */
  readonly file: string
  /** Stands in the file exactly once. */
  readonly text: string
  readonly instead: string
}

const WRITES = 'server/store/sqlite/turn-writes.ts'
const WRITER = 'server/store/sqlite/writer.ts'
const STATEMENTS = 'server/store/sqlite/turn-statements.ts'
const ENGINE = 'server/turns/turn-engine.ts'

/** Answers batches of which `when` is true before they are committed; they are with the next one. */
function commitLater(when: string): Edit[] {
  return [
    {
      file: WRITER,
      text: '    const { ops } = batch\n',
      instead: '    const { ops } = batch\n    this.kinds = ops.map(({ kind }) => kind)\n',
    },
    {
      file: WRITER,
      text: "    this.#database.exec('BEGIN IMMEDIATE')\n",
      instead:
        "    if (this.#database.isTransaction) this.#database.exec('COMMIT')\n    this.#database.exec('BEGIN IMMEDIATE')\n",
    },
    {
      file: WRITER,
      text: "      this.#database.exec('COMMIT')\n",
      instead: `      if (!(${when})) this.#database.exec('COMMIT')\n`,
    },
  ]
}

/** Changes a migration as it is read. */
function inMigrations(...changes: readonly (readonly [text: string, instead: string])[]): Edit {
  const text = "readFileSync(new URL(name, MIGRATIONS), 'utf8')"
  const replacing = changes.map(([from, to]) => `.replace(${JSON.stringify(from)}, ${JSON.stringify(to)})`)
  return { file: 'server/store/sqlite/database.ts', text, instead: text + replacing.join('') }
}

const OWNED = 'WHERE session = ? AND epoch = ? AND active_turn = ?'
/** The same parameters, and no condition. */
const UNOWNED = 'WHERE session = ? AND ? IS NOT NULL AND ? IS NOT NULL'

/** Where the engine refuses a send for a turn that it knows. */
const REFUSED_HERE = "      if (running && onBusy === 'reject') return this.#running.refuse(running, clientId)\n"

/** Plain sends are refused before that: they come as far as all others. */
const NO_SHORT_WAY: Edit = {
  file: 'server/turns/running-turns.ts',
  text: "    if (onBusy !== 'reject' || replaces || idempotency) return undefined\n",
  instead: '    return undefined\n',
}

/** The statement takes the session whether or not it is free, and no index stands behind it. */
const CLAIM_WITHOUT_LOOKING: readonly Edit[] = [
  {
    file: STATEMENTS,
    text: 'WHERE session = ? AND active_turn IS NULL AND last_seq <= ? RETURNING epoch, last_seq',
    instead: 'WHERE session = ? AND last_seq <= ? RETURNING epoch, last_seq',
  },
  inMigrations(['CREATE UNIQUE INDEX one_active_turn', 'CREATE INDEX one_active_turn']),
]

export const MISTAKES: readonly Mistake[] = [
  {
    number: 'M1',
    words: 'a claim looks first and writes afterwards',
    edits: [
      ...CLAIM_WITHOUT_LOOKING,
      {
        file: ENGINE,
        text: "      if (deciding && !(running && onBusy === 'queue')) {\n",
        instead: "      if (deciding && running && onBusy !== 'queue') {\n",
      },
    ],
  },
  {
    number: 'M2',
    words: 'an entry is inserted without its epoch',
    edits: [
      ...['last_seq + ?', '?'].map((lastSeq) => ({
        file: 'server/store/sqlite/log-heads.ts',
        text: `UPDATE head SET last_seq = ${lastSeq}\n      ${OWNED}`,
        instead: `UPDATE head SET last_seq = ${lastSeq}\n      ${UNOWNED}`,
      })),
    ],
  },
  {
    number: 'M3',
    words: 'text is shown before its commit',
    edits: commitLater("this.kinds.every((kind) => kind === 'append')"),
  },
  {
    number: 'M4',
    words: 'a send is acknowledged before its commit',
    edits: commitLater("this.kinds.includes('claim')"),
  },
  {
    number: 'M5',
    words: 'the database runs with synchronous=NORMAL',
    edits: [
      {
        file: 'server/store/sqlite/database.ts',
        text: 'PRAGMA synchronous = FULL',
        instead: 'PRAGMA synchronous = NORMAL',
      },
    ],
  },
  {
    number: 'M6',
    words: 'a refused send has stored its message already',
    edits: [
      {
        file: WRITES,
        text: '    return this.#start(session, { ...claim, replaces }, at) ?? this.#refuse(session, claim)\n',
        instead: `    const started = this.#start(session, { ...claim, replaces }, at)
    if (started) return started
    const id = Number(this.#sql.allocateMessages.get(1)?.value)
    this.#sql.insertMessage.run(id, session, null, 'user', claim.message, null, null, null, at)
    return this.#refuse(session, claim)
`,
      },
      NO_SHORT_WAY,
      {
        file: ENGINE,
        text: REFUSED_HERE,
        instead: `      if (running && onBusy === 'reject') await this.#parts.store.claimTurn(this.#claimOf(asked))\n${REFUSED_HERE}`,
      },
    ],
  },
  {
    number: 'M7',
    words: 'a session is released by somebody who does not own its turn',
    edits: [
      ...CLAIM_WITHOUT_LOOKING,
      NO_SHORT_WAY,
      {
        file: ENGINE,
        text: REFUSED_HERE,
        instead: `      if (running && onBusy === 'reject') {
        this.#running.delete(running)
        continue
      }
${REFUSED_HERE}`,
      },
    ],
  },
  {
    number: 'M9',
    words: 'recovery runs a started tool again',
    edits: [
      {
        file: 'server/turns/turn-recovery.ts',
        text: 'const events = [resumed, ...orphan.fold.unknownCalls()]',
        instead: 'const events = [resumed]',
      },
      {
        file: 'server/agent/tool-calls.ts',
        text: 'if (call.started && !call.finished) throw',
        instead: 'if (!call.callId) throw',
      },
    ],
  },
  {
    number: 'M10',
    words: 'a stream that broke off counts as completed',
    edits: [
      {
        file: 'server/models/chat-stream.ts',
        text: "    if (!finishReason) return { status: 'truncated', message: describeBreak(this.#endpoint) }\n",
        instead:
          "    if (!finishReason) return { status: 'finished', finishReason: 'stop', toolCalls: [], usage: this.#usage }\n",
      },
      {
        file: 'server/agent/step.ts',
        text: "result: { status: 'interrupted', reason: 'truncated', message: reply.message }",
        instead: "result: { status: 'completed' }",
      },
    ],
  },
  {
    number: 'M11',
    words: 'a full socket counts as a closed one',
    edits: [
      {
        file: 'server/http/sse.ts',
        text: 'if (this.#reply.raw.write(frames)) return undefined',
        instead: 'if (!this.#reply.raw.write(frames)) this.#reply.raw.destroy()\n    return undefined',
      },
    ],
  },
  {
    number: 'M12',
    words: 'a delete leaves the epoch as it was',
    edits: [
      inMigrations(
        ['session INTEGER PRIMARY KEY REFERENCES session (key) ON DELETE CASCADE', 'session INTEGER PRIMARY KEY'],
        [
          'CREATE TABLE entry (\n  session INTEGER NOT NULL REFERENCES session (key) ON DELETE CASCADE',
          'CREATE TABLE entry (\n  session INTEGER NOT NULL',
        ],
      ),
      { file: 'server/store/sqlite/session-writes.ts', text: '    this.#keys.forget(id)\n', instead: '' },
      { file: ENGINE, text: "    running?.abort({ kind: 'fenced' })\n", instead: '' },
    ],
  },
]
