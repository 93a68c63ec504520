import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { DataDir, DataDirError, readServerNote } from './data-dir.ts'
import { TempDir } from './store-scenario.ts'

const MODULE = fileURLToPath(new URL('./data-dir.ts', import.meta.url))

test('D10: is created for its owner only, with what lies above it', () => {
  using temp = new TempDir()
  const path = temp.file('deep/er/conch')
  using dir = DataDir.open(path)
  expect(dir.path).toBe(path)
  expect(dir.database).toBe(`${path}/conch.db`)
  expect(modeOf(path)).toBe(0o700)
})

test('D10: one that others could enter is closed to them', () => {
  using temp = new TempDir()
  const path = temp.file('conch')
  mkdirSync(path)
  chmodSync(path, 0o755)
  using _dir = DataDir.open(path)
  expect(modeOf(path)).toBe(0o700)
})

test('a symbolic link and a file are no data directories', () => {
  using temp = new TempDir()
  mkdirSync(temp.file('real'))
  symlinkSync(temp.file('real'), temp.file('link'))
  writeFileSync(temp.file('plain'), '')
  expect(refusalOf(temp.file('link'))).toMatchObject({
    code: 'data_dir_unsafe',
    message: expect.stringMatching(/symbolic link/),
  })
  expect(refusalOf(temp.file('plain'))).toMatchObject({ code: 'data_dir_unusable' })
  expect(refusalOf(temp.file('plain/below'))).toMatchObject({ code: 'data_dir_unusable' })
})

test('a lock file that cannot be used is told as that, not as another Conch', () => {
  using temp = new TempDir()
  const path = temp.file('conch')
  mkdirSync(`${path}/lock`, { recursive: true })
  expect(refusalOf(path)).toMatchObject({ code: 'data_dir_unusable', message: expect.stringMatching(/lock/) })
  rmSync(`${path}/lock`, { recursive: true })
  writeFileSync(`${path}/lock`, 'not a database, and longer than the header of one'.repeat(9))
  expect(refusalOf(path)).toMatchObject({ code: 'data_dir_unusable', message: expect.stringMatching(/lock/) })
})

test('F26: a second one in the same process is refused, and the first is not disturbed', () => {
  using temp = new TempDir()
  const path = temp.file('conch')
  const first = DataDir.open(path)
  expect(refusalOf(path)).toMatchObject({
    code: 'data_dir_in_use',
    message: expect.stringMatching(/in use by another Conch.*--data-dir/),
  })
  first.noteServer({ pid: 4711, url: 'http://127.0.0.1:4200' })
  expect(refusalOf(path).message).toBe(
    `${path} is in use by the Conch at http://127.0.0.1:4200 (process 4711). Stop it first, or choose another directory with --data-dir.`,
  )
  first[Symbol.dispose]()
  using again = DataDir.open(path)
  expect(again.path).toBe(path)
})

test('S4, F26: where the one before could be reached is forgotten by the next, before it has noted where it is', () => {
  using temp = new TempDir()
  const path = temp.file('conch')
  mkdirSync(path)
  writeFileSync(`${path}/server.json`, '{"pid":4711,"url":"http://127.0.0.1:4200"}')
  using _dir = DataDir.open(path)
  expect(readServerNote(path)).toBeUndefined()
})

test('F26: a second process is refused; a killed one leaves no lock behind', async () => {
  using temp = new TempDir()
  const path = temp.file('conch')
  const holder = await startHolder(path)
  try {
    expect(refusalOf(path)).toMatchObject({ code: 'data_dir_in_use' })
  } finally {
    await kill(holder)
  }
  const dir = DataDir.open(path)
  const refused = await startHolder(path)
  expect(refused.exitCode).not.toBe(0)
  dir[Symbol.dispose]()
})

test('what a server notes of itself is readable by its owner alone, and goes with it', () => {
  using temp = new TempDir()
  const path = temp.file('conch')
  expect(readServerNote(path)).toBeUndefined()
  const dir = DataDir.open(path)
  const note = { pid: process.pid, url: 'http://127.0.0.1:1' }
  dir.noteServer(note)
  expect(readServerNote(path)).toEqual(note)
  expect(modeOf(`${path}/server.json`)).toBe(0o600)
  writeFileSync(`${path}/server.json`, '{"pid":')
  expect(readServerNote(path)).toBeUndefined()
  writeFileSync(`${path}/server.json`, '{"pid":"x"}')
  expect(readServerNote(path)).toBeUndefined()
  dir[Symbol.dispose]()
  expect(existsSync(`${path}/server.json`)).toBe(false)
})

function refusalOf(path: string): DataDirError {
  try {
    DataDir.open(path)[Symbol.dispose]()
  } catch (error) {
    if (error instanceof DataDirError) return error
    throw error
  }
  throw new Error(`${path} was opened`)
}

/** A process that opens the directory and holds it, or has ended because it could not. */
async function startHolder(path: string): Promise<ChildProcess> {
  const script = `
    const { DataDir } = await import(${JSON.stringify(MODULE)})
    globalThis.dir = DataDir.open(${JSON.stringify(path)})
    console.log('held')
    setInterval(() => {}, 1000)`
  const child = spawn(process.execPath, ['--input-type=module', '--eval', script], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit')])
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit')
  child.kill('SIGKILL')
  await exited
}

function modeOf(path: string): number {
  return statSync(path).mode & 0o777
}
