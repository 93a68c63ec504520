import { Component, type ReactNode } from 'react'
import { Button } from './ui/button.tsx'
import { words } from './words.ts'

interface CrashBoundaryProps {
  readonly reportFailure: (error: unknown) => void
  readonly children: ReactNode
}

/** Stands in for a screen that could not be drawn. React asks for a class here. */
export class CrashBoundary extends Component<CrashBoundaryProps, { hasCrashed: boolean }> {
  override state = { hasCrashed: false }

  static getDerivedStateFromError() {
    return { hasCrashed: true }
  }

  override componentDidCatch(error: unknown): void {
    this.props.reportFailure(error)
  }

  override render(): ReactNode {
    return this.state.hasCrashed ? <CrashScreen /> : this.props.children
  }
}

function CrashScreen() {
  return (
    <main role="alert" className="flex min-h-dvh flex-col items-center justify-center gap-3 p-6 text-center">
      <h1 className="font-serif text-title">{words.crash.title}</h1>
      <p className="max-w-card text-soft">{words.crash.body}</p>
      <Button tone="strong" onClick={() => location.reload()}>
        {words.crash.reload}
      </Button>
    </main>
  )
}
