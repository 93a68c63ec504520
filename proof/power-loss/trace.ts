/**
 * What strace wrote down of a program, in the order the system saw it: what it did to its files, and what it told on stdout.
 * Recorded with {@link STRACE_WORDS}.
 */
export type TraceEvent =
  | { readonly kind: 'write'; readonly file: string; readonly offset: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly file: string; readonly size: number }
  | { readonly kind: 'sync'; readonly file: string }
  | { readonly kind: 'remove'; readonly file: string }
  | { readonly kind: 'told'; readonly text: string }

/** Names and bytes are written out whole and in hexadecimal. */
export const STRACE_WORDS = [
  ...['-f', '-y', '-xx', '-s', '16777216'],
  ...['-e', 'trace=pwrite64,write,fsync,fdatasync,ftruncate,unlink'],
]

const CALL = /^(\w+)\((.*)\)\s+= (-?\d+)/s

/** Events of files whose name begins with `files`, and of stdout, which must be the file named `stdout`. */
export function parseTrace(trace: string, names: { readonly files: string; readonly stdout: string }): TraceEvent[] {
  const unfinished = new Map<string, string>()
  return trace.split('\n').flatMap((line) => {
    const [, pid = '', rest = ''] = /^(\d+) +(.*)$/s.exec(line) ?? []
    const begun = /^(.*) <unfinished \.\.\.>$/s.exec(rest)?.[1]
    if (begun !== undefined) {
      unfinished.set(pid, begun)
      return []
    }
    const end = /^<\.\.\. \w+ resumed>(.*)$/s.exec(rest)?.[1]
    const call = CALL.exec(end === undefined ? rest : `${unfinished.get(pid) ?? ''}${end}`)
    return call && Number(call[3]) >= 0 ? eventOf(call, names) : []
  })
}

function eventOf([, name, words = '']: RegExpExecArray, names: { files: string; stdout: string }): TraceEvent[] {
  const file = decode(/<((?:\\x[0-9a-f]{2})+)>/.exec(words)?.[1] ?? '').toString()
  if (name === 'unlink') {
    const path = decode(/"((?:\\x[0-9a-f]{2})*)"/.exec(words)?.[1] ?? '').toString()
    return isOurs(path, names.files) ? [{ kind: 'remove', file: path }] : []
  }
  const bytes = decode(/"((?:\\x[0-9a-f]{2})*)"/.exec(words)?.[1] ?? '')
  if (name === 'write' && file === names.stdout) return [{ kind: 'told', text: bytes.toString() }]
  if (!isOurs(file, names.files)) return []
  const last = Number(/, (\d+)$/.exec(words)?.[1])
  if (name === 'pwrite64') return [{ kind: 'write', file, offset: last, bytes }]
  if (name === 'ftruncate') return [{ kind: 'truncate', file, size: last }]
  if (name === 'fsync' || name === 'fdatasync') return [{ kind: 'sync', file }]
  throw new Error(`a file of the database was written with ${name}, whose place in the file is not known`)
}

/** The index of the write-ahead log is rebuilt by every start and needs no care. */
function isOurs(file: string, files: string): boolean {
  return file.startsWith(files) && !file.endsWith('-shm')
}

function decode(hexadecimal: string): Buffer {
  return Buffer.from(hexadecimal.replaceAll('\\x', ''), 'hex')
}
