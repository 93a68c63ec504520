import type { SeededRandom } from '../../server/lib/seeded-random.ts'
import type { Answer, Call } from '../evidence/history.ts'
import type { ServerCore } from './server-core.ts'
import type { SimulatedClients } from './simulated-clients.ts'

const NAMES = ['ann', 'bob', 'cem'] as const
const MOST_SESSIONS = 5
const KEYS = 5

type SendCall = Extract<Call, { do: 'send' }>

/** What the people of a schedule remember, and what each of them may do next: they know what they were told, and act on it. */
export class People {
  readonly #random: SeededRandom
  readonly #clients: SimulatedClients
  readonly #server: () => ServerCore
  readonly #sessions: string[] = []
  readonly #turns: { readonly sessionId: string; readonly turnId: string }[] = []
  /** Messages that they were told to wait with. */
  readonly #waiting: { readonly sessionId: string; readonly turnId: string }[] = []
  readonly #sends: SendCall[] = []
  readonly #cursors = new Map<string, number>()

  /** `server`: the one that can be reached now. */
  constructor(parts: { random: SeededRandom; clients: SimulatedClients; server: () => ServerCore }) {
    this.#random = parts.random
    this.#clients = parts.clients
    this.#server = parts.server
  }

  create(): void {
    this.#ask({ do: 'create' }, (answer) => {
      if (answer.to === 'create') this.#sessions.push(answer.sessionId)
    })
  }

  send(onBusy: SendCall['onBusy'], replacing: Pick<SendCall, 'replaces'> = {}, wanted?: string): void {
    this.#withSession((some) => {
      const sessionId = wanted ?? some
      const key = this.#random.below(4) === 0 ? `key-${this.#random.below(KEYS)}` : null
      const message = `<${this.#sends.length + 1}> canary-${sessionId} hello`
      this.#sendAs({ do: 'send', sessionId, message, key, onBusy, ...replacing, isLast: false })
    })
  }

  /** The send that a session must complete when all faults are over. */
  sendLast(sessionId: string, mark: string): void {
    const message = `<last ${mark}> canary-${sessionId} and now?`
    this.#sendAs({ do: 'send', sessionId, message, key: null, onBusy: 'reject', isLast: true })
  }

  /** A client that had no answer, or does not trust it, sends the same again. */
  repeat(): void {
    const keyed = this.#sends.filter(({ key }) => key !== null)
    if (keyed.length > 0) this.#sendAs(this.#random.pick(keyed))
  }

  /** Reads, and writes one of the messages there anew. */
  edit(): void {
    this.#withSession((sessionId) =>
      this.#ask({ do: 'read', sessionId }, (answer) => {
        if (answer.to !== 'read' || answer.messageIds.length === 0) return
        const onBusy = this.#random.pick(['reject', 'interrupt'] as const)
        this.send(onBusy, { replaces: this.#random.pick(answer.messageIds) }, sessionId)
      }),
    )
  }

  cancel(): void {
    if (this.#turns.length > 0) this.#ask({ do: 'cancel', ...this.#random.pick(this.#turns.slice(-3)) })
  }

  /** By a key that was used just now, or by one whose send is still to come. */
  cancelSend(): void {
    this.#withSession((some) => {
      const recent = this.#sends.filter(({ key }) => key !== null).slice(-3)
      const { sessionId, key } = this.#random.pick([...recent, { sessionId: some, key: 'key-0' }])
      if (key !== null) this.#ask({ do: 'cancel-send', sessionId, key })
    })
  }

  /** The queue as everybody's screen shows it, or as it was a moment before. */
  changeQueue(change: 'pause' | 'resume'): void {
    const queues = this.#server().engine.queues.all()
    if (queues.length === 0) return
    const { sessionId, revision } = this.#random.pick(queues)
    const isLate = this.#random.below(8) === 0
    this.#ask({ do: 'change-queue', sessionId, change, revision: isLate ? revision - 1 : revision })
  }

  changeMessage(verb: 'unqueue' | 'send-now'): void {
    const recent = this.#waiting.slice(-4)
    if (recent.length > 0) this.#ask({ do: verb, ...this.#random.pick(recent) })
  }

  rename(): void {
    this.#withSession((sessionId) =>
      this.#ask({ do: 'rename', sessionId, title: `title ${this.#random.below(1_000)}` }),
    )
  }

  branch(): void {
    if (this.#sessions.length >= MOST_SESSIONS) return
    this.#withSession((sessionId) =>
      this.#ask({ do: 'branch', sessionId }, (answer) => {
        if (answer.to === 'branch') this.#sessions.push(answer.sessionId)
      }),
    )
  }

  /** The session that is deleted is still asked for now and then: others may not know. */
  delete(): void {
    if (this.#random.below(3) > 0) return
    this.#withSession((sessionId) => this.#ask({ do: 'delete', sessionId }))
    this.create()
  }

  read(): void {
    this.#withSession((sessionId) => this.#ask({ do: 'read', sessionId }))
  }

  /** From the start, from where this client was, or from somewhere it has never been. */
  follow(): void {
    this.#withSession((sessionId) => {
      const client = this.#random.pick(NAMES)
      const own = this.#cursors.get(`${client} ${sessionId}`) ?? 0
      const cursor = this.#random.pick([own, own, 0, this.#random.below(40)])
      const entries = this.#random.pick([1, 2, 3, 5, 8, 1_000])
      this.#clients.follow(this.#server(), { client, sessionId, cursor, entries })
    })
  }

  hangUp(): void {
    const { openStreams } = this.#clients
    if (openStreams.length > 0) this.#clients.hangUp(this.#random.pick(openStreams))
  }

  #sendAs(call: SendCall): void {
    const { sessionId } = call
    this.#sends.push(call)
    this.#ask(call, (answer) => {
      if (answer.to === 'send') this.#turns.push({ sessionId, turnId: answer.turnId })
      if (answer.to === 'queued') this.#waiting.push({ sessionId, turnId: answer.turnId })
    })
  }

  #ask(call: Call, onAnswer?: (answer: Answer) => void): void {
    this.#clients.ask(this.#server(), { client: this.#random.pick(NAMES), call }, { onAnswer })
  }

  #withSession(act: (sessionId: string) => void): void {
    if (this.#sessions.length > 0) act(this.#random.pick(this.#sessions.slice(-MOST_SESSIONS)))
  }
}
