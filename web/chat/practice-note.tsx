import { X } from 'lucide-react'
import { useServices } from '../services.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { useSelected, useStore } from '../use-store.ts'
import { words } from '../words.ts'

/** Tells who answers here while no real model is connected, and how to connect one. */
export function PracticeNote({ isOpen }: { isOpen: boolean }) {
  const { app, preferences } = useServices()
  const isPractice = useSelected(app.state, (state) => state.system?.practice_model === true)
  const isHidden = useStore(preferences.practiceNoteHidden)
  if (!isPractice || isHidden) return null
  return (
    <aside
      data-testid="practice-note"
      aria-label={words.practice.label}
      className="flex items-start gap-2 border-line border-b bg-wash/60 py-1.5 ps-4 pe-2 text-small md:ps-6"
    >
      <details className="group min-w-0 flex-1 py-1" open={isOpen}>
        <summary className="cursor-pointer list-none rounded-small">
          <strong className="font-semibold">{words.practice.title}</strong> {words.practice.body}{' '}
          <span className="whitespace-nowrap text-accent underline underline-offset-4 group-open:hidden">
            {words.practice.how}
          </span>
        </summary>
        <p className="mt-1 text-soft">{words.practice.connect}</p>
        <p className="flex flex-wrap items-center gap-x-2">
          <code className="min-w-0 font-mono text-note [overflow-wrap:anywhere]">{words.practice.command}</code>
          <CopyButton text={words.practice.command} label={words.practice.copy} words={words.chat} />
        </p>
      </details>
      <IconButton label={words.practice.hide} onClick={preferences.hidePracticeNote}>
        <X className="size-4" aria-hidden="true" />
      </IconButton>
    </aside>
  )
}
