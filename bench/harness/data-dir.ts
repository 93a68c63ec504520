import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ConchServer } from './conch-server.ts'
import { type SeedSize, seedSessions } from './seed.ts'

/** A data directory that a server has made and that was then filled through SQL. Removed at the end. */
export class BenchDataDir implements Disposable {
  readonly path: string
  readonly #remove: () => void
  #sessions = 0

  private constructor(path: string) {
    this.path = path
    this.#remove = () => rmSync(path, { recursive: true, force: true })
    process.once('exit', this.#remove) // also where the bench is interrupted
  }

  /** What a server makes where there is nothing yet. `root` decides on which disk it lies. */
  static async create(root: string): Promise<BenchDataDir> {
    const directory = new BenchDataDir(mkdtempSync(join(root, 'conch-bench-')))
    await using server = await ConchServer.start({ dataDir: directory.path })
    await server.end('SIGTERM')
    return directory
  }

  /** Another one like this, as long as nothing has been added here and no server runs on it. */
  copy(): BenchDataDir {
    const directory = new BenchDataDir(mkdtempSync(`${this.path}-`))
    cpSync(this.path, directory.path, { recursive: true })
    return directory
  }

  /** Adds sessions, while no server runs on it. Answers with their ids' numbers: first and last. */
  seed(size: SeedSize): { readonly first: number; readonly last: number } {
    const first = this.#sessions + 1
    seedSessions(join(this.path, 'conch.db'), { ...size, firstSession: first })
    this.#sessions += size.sessions
    return { first, last: this.#sessions }
  }

  get databaseMb(): number {
    return statSync(join(this.path, 'conch.db')).size / 1_000_000
  }

  [Symbol.dispose](): void {
    this.#remove()
    process.off('exit', this.#remove)
  }
}
