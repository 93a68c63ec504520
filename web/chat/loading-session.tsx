import { words } from '../words.ts'

/** Stands where the conversation will. */
export function LoadingSession() {
  return (
    <div role="status" className="mx-auto flex w-full max-w-measure flex-1 animate-soon flex-col gap-7 px-6 pt-8">
      <span className="sr-only">{words.chat.loading}</span>
      <div className="h-12 w-3/5 animate-breathe self-end rounded-large bg-wash" />
      <div className="flex flex-col gap-3">
        {['w-full', 'w-11/12', 'w-4/5', 'w-2/5'].map((width) => (
          <div key={width} className={`h-4 animate-breathe rounded-small bg-line ${width}`} />
        ))}
      </div>
    </div>
  )
}
