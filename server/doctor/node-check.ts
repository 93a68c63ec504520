import { type Finding, ok, problem } from './finding.ts'

const SUBJECT = 'Node'

/** `wanted` is the range of package.json, in the form `>=24.15 <25`. */
export function checkNode(version: string, wanted: string): Finding {
  const range = /^>=(\d+)\.(\d+) <(\d+)$/.exec(wanted)
  if (!range) throw new Error(`the range ${wanted} in package.json has a form that the doctor does not know`)
  const [fromMajor = 0, fromMinor = 0, below = 0] = range.slice(1).map(Number)
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const isNewEnough = major > fromMajor || (major === fromMajor && minor >= fromMinor)
  if (isNewEnough && major < below) return ok(SUBJECT, version)
  const advice = 'Start with `npm start`: it uses the Node that Conch brings along.'
  return problem(SUBJECT, `${version}, but Conch needs ${wanted}`, advice)
}
