import type { ModelServer } from '../../protocol/model-server.ts'
import type { ModelChoice } from '../../protocol/models.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { words } from '../words.ts'
import { KeyForm } from './key-form.tsx'
import { ServedModels } from './served-models.tsx'
import { ServerState } from './server-state.tsx'

interface ServerRowProps {
  readonly server: ModelServer
  readonly choice: ModelChoice
}

/** One model server: how it stands, and the one thing to do about it. */
export function ServerRow({ server, choice }: ServerRowProps) {
  const isChosen = server.base_url !== null && server.base_url === choice.base_url
  const hasModels = server.base_url !== null && server.models.length > 0
  return (
    <li data-testid="model-server" className="flex flex-col gap-2 border-line border-t py-3 first:border-t-0">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-0.5">
        <span className="font-medium text-small">{server.name}</span>
        <ServerState state={server.state} />
        <span className="min-w-0 font-mono text-note text-soft [overflow-wrap:anywhere]">
          {server.address.replace(/^http:\/\//, '')}
        </span>
      </div>
      {server.state !== 'found' && <Advice server={server} />}
      {server.base_url !== null && (server.state === 'needs_key' || (isChosen && choice.has_key)) && (
        <KeyForm baseUrl={server.base_url} hasKey={isChosen && choice.has_key} />
      )}
      {hasModels && <ServedModels server={server} choice={choice} />}
    </li>
  )
}

/** A sentence, and the command that goes with it. */
export function Advice({ server }: { server: Parameters<typeof words.models.advice>[0] }) {
  const { command } = server.next_step
  return (
    <div className="flex flex-col gap-1 text-note text-soft">
      <p className="max-w-line text-pretty [overflow-wrap:anywhere]">{words.models.advice(server)}</p>
      {command !== null && (
        <p className="flex flex-wrap items-center gap-x-2">
          <code className="min-w-0 rounded-small bg-sunken px-1.5 py-0.5 font-mono text-ink [overflow-wrap:anywhere]">
            {command}
          </code>
          <CopyButton text={command} label={words.models.copyCommand} words={words.chat} />
        </p>
      )}
    </div>
  )
}
