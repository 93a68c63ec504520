import { checkDataDir } from './data-dir-check.ts'
import { checkDatabase, type DatabaseQuestion } from './database-check.ts'
import { type Finding, problem, reasonOf } from './finding.ts'
import { checkFoundModels, type FoundModels } from './found-models-check.ts'
import { checkModel, type EndpointQuestion } from './model-check.ts'
import { checkNode } from './node-check.ts'
import { checkPort } from './port-check.ts'
import { describeRunningServer, findRunningServer, type RunningServer, type ServerNote } from './running-server.ts'
import { checkToken } from './token-check.ts'

/** What `serve` would be started with, and what the doctor needs of the other parts. */
export interface DoctorParts extends DatabaseQuestion {
  readonly nodeVersion: string
  /** The range of package.json. */
  readonly wantedNode: string
  readonly dataDir: string
  readonly host: string
  readonly port: number
  readonly endpoint: EndpointQuestion | null
  /** Looks for what a person has chosen and for model servers; null where the flags name a model. */
  readonly look: (() => Promise<FoundModels>) | null
  readonly readServerNote: (dataDir: string) => ServerNote | undefined
  readonly openToken: (dataDir: string) => Promise<unknown>
}

/** Looks at everything that can keep Conch from running, changes nothing, and never rejects: what cannot be looked at is a problem. */
export async function examine(parts: DoctorParts): Promise<readonly Finding[]> {
  const { dataDir } = parts
  return [
    await lookAt('Node', () => checkNode(parts.nodeVersion, parts.wantedNode)),
    await lookAt('data directory', () => checkDataDir(dataDir)),
    ...(await lookAtServer(parts)),
    await lookAt('database', () => checkDatabase(dataDir, parts)),
    await lookAt('access token', () => checkToken(dataDir, parts.openToken)),
    await lookAt('model', () => (parts.look ? checkFoundModels(parts.look) : checkModel(parts.endpoint))),
  ]
}

/** Whose the port is depends on whether a server of ours runs. */
async function lookAtServer({ dataDir, host, port, readServerNote }: DoctorParts): Promise<readonly Finding[]> {
  let server: RunningServer = { status: 'none' }
  const found = await lookAt('server', async () => {
    server = await findRunningServer(dataDir, readServerNote(dataDir))
    return describeRunningServer(server)
  })
  return [found, await lookAt('port', () => checkPort({ host, port }, server))]
}

async function lookAt(subject: string, look: () => Finding | Promise<Finding>): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    return problem(subject, `could not be looked at: ${reasonOf(error)}`, 'Mend that and ask again.')
  }
}

/** A line for each finding, and below a problem what to do. Names from elsewhere cannot steer the terminal. */
export function renderFindings(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ subject }) => subject.length))
  const lines = findings.flatMap((finding) => {
    const line = `${finding.status.padEnd(7)}  ${finding.subject.padEnd(width)}  ${finding.message}`
    return finding.status === 'ok' ? [line] : [line, `${' '.repeat(width + 11)}${finding.advice}`]
  })
  const problems = findings.filter(({ status }) => status === 'problem').length
  const summary = problems === 0 ? 'All is well.' : problems === 1 ? '1 problem.' : `${problems} problems.`
  return [...lines, summary].map((line) => `${line.replaceAll(/\p{Cc}/gu, '?')}\n`).join('')
}
