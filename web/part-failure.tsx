import { useEffect } from 'react'
import { useServices } from './services.ts'
import { Button } from './ui/button.tsx'
import { FloatDialog } from './ui/float-dialog.tsx'
import { words } from './words.ts'

interface PartFailureProps {
  readonly error: unknown
  readonly onRetry: () => void
}

/** Says that a part of the app could not be fetched, where that part would stand. */
export function PartFailure({ error, onRetry }: PartFailureProps) {
  const { reportFailure } = useServices()
  useEffect(() => reportFailure(error), [reportFailure, error])
  return (
    <div role="alert" className="flex flex-1 flex-col items-center justify-center gap-3 p-6 text-center">
      <h2 className="font-serif text-title">{words.partFailure.title}</h2>
      <p className="max-w-card text-small text-soft">{words.partFailure.body}</p>
      <div className="flex flex-wrap justify-center gap-2">
        <Button tone="strong" onClick={onRetry}>
          {words.partFailure.retry}
        </Button>
        <Button onClick={() => location.reload()}>{words.partFailure.reload}</Button>
      </div>
    </div>
  )
}

interface DialogFailureProps extends PartFailureProps {
  readonly props: { readonly onClose: () => void }
}

/** The same for a part that is a dialog. */
export function DialogFailure({ error, onRetry, props }: DialogFailureProps) {
  return (
    <FloatDialog
      title={words.partFailure.title}
      onClose={props.onClose}
      className="inset-0 m-auto h-fit w-[calc(100vw-2rem)] max-w-card"
    >
      <PartFailure error={error} onRetry={onRetry} />
    </FloatDialog>
  )
}
