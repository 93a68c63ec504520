import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** What a process of the bench can be asked: names, each with the function that answers. */
export type Answers = Record<string, (question: never) => unknown>

interface Question {
  readonly n: number
  readonly name: string
  readonly question: unknown
}

type Reply = { readonly n: number; readonly answer: unknown } | { readonly n: number; readonly failure: string }

/** Nothing that is asked takes longer; without a limit one lost reply would let the bench wait for ever. */
const LONGEST_ANSWER_MS = 180_000

/** Another process of the bench. Killed with the one that started it. */
export class HelperProcess<A extends Answers> implements AsyncDisposable {
  readonly child: ChildProcess
  readonly #open = new Map<number, PromiseWithResolvers<unknown>>()
  #asked = 0

  /** `file` stands in `bench/` and ends in a call of `answerQuestions`. */
  constructor(file: `${string}-process.ts`) {
    const path = fileURLToPath(new URL(`../${file}`, import.meta.url))
    this.child = fork(path, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
    this.child.on('message', (reply: Reply) => this.#take(reply))
    this.child.once('exit', (code) => this.#failAll(new Error(`${file} ended with ${code} before it had answered`)))
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('the process could not be started')
    return this.child.pid
  }

  /** Rejects with what the function there threw, or when it takes longer than any may. */
  async ask<Name extends keyof A & string>(
    name: Name,
    ...[question]: Parameters<A[Name]>
  ): Promise<Awaited<ReturnType<A[Name]>>> {
    this.#asked += 1
    const n = this.#asked
    const reply = Promise.withResolvers<unknown>()
    this.#open.set(n, reply)
    this.child.send({ n, name, question } satisfies Question, (error) => {
      if (error) reply.reject(error)
    })
    const overdue = setTimeout(() => reply.reject(new Error(`${name} was not answered in time`)), LONGEST_ANSWER_MS)
    try {
      // Both ends are this program and share `A`; what arrives went through JSON.
      return (await reply.promise) as Awaited<ReturnType<A[Name]>>
    } finally {
      clearTimeout(overdue)
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return
    const exited = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await exited
  }

  #take(reply: Reply): void {
    const open = this.#open.get(reply.n)
    this.#open.delete(reply.n)
    if ('failure' in reply) open?.reject(new Error(reply.failure))
    else open?.resolve(reply.answer)
  }

  #failAll(error: Error): void {
    for (const open of this.#open.values()) open.reject(error)
    this.#open.clear()
  }
}

/** Answers the process that started this one, and ends with it. */
export function answerQuestions(answers: Answers): void {
  process.on('message', ({ n, name, question }: Question) => {
    void reply(answers[name] as ((question: unknown) => unknown) | undefined, { n, name, question })
  })
  process.once('disconnect', () => process.exit(0))
}

async function reply(answer: ((question: unknown) => unknown) | undefined, { n, name, question }: Question) {
  try {
    if (!answer) throw new Error(`nothing here answers ${name}`)
    process.send?.({ n, answer: await answer(question) } satisfies Reply)
  } catch (error) {
    process.send?.({
      n,
      failure: error instanceof Error ? (error.stack ?? error.message) : String(error),
    } satisfies Reply)
  }
}
