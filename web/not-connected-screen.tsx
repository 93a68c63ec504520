import { Button } from './ui/button.tsx'
import { CopyButton } from './ui/copy-button.tsx'
import { ShellMark } from './ui/shell-mark.tsx'
import { words } from './words.ts'

/** For a browser that the server does not know: how it gets in. */
export function NotConnectedScreen() {
  return (
    <main className="flex min-h-dvh items-center justify-center overflow-y-auto p-6">
      <div className="flex max-w-card flex-col items-start gap-4">
        <ShellMark className="size-12 text-accent" />
        <h1 className="text-balance font-serif text-title">{words.notConnected.title}</h1>
        <p className="text-soft">{words.notConnected.body}</p>
        <p className="flex w-full items-center justify-between gap-2 rounded-medium border border-line bg-sunken py-1.5 ps-4 pe-1.5">
          <code className="font-mono text-small">{words.notConnected.command}</code>
          <CopyButton text={words.notConnected.command} label={words.notConnected.copy} words={words.chat} />
        </p>
        <p className="text-soft">{words.notConnected.after}</p>
        <Button tone="strong" onClick={() => location.reload()}>
          {words.notConnected.retry}
        </Button>
      </div>
    </main>
  )
}
