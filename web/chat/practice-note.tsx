import { X } from 'lucide-react'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { IconButton } from '../ui/icon-button.tsx'
import { useSelected, useStore } from '../use-store.ts'
import { words } from '../words.ts'

/** Tells who answers here while no real model does, and leads to the others. */
export function PracticeNote() {
  const { app, location, preferences } = useServices()
  const isPractice = useSelected(app.state, (state) => state.system?.practice_model === true)
  const isHidden = useStore(preferences.practiceNoteHidden)
  if (!isPractice || isHidden) return null
  return (
    <aside
      data-testid="practice-note"
      aria-label={words.practice.label}
      className="flex flex-wrap items-start justify-end gap-x-2 border-line border-b bg-wash/60 py-1.5 ps-4 pe-2 text-small md:ps-6"
    >
      <p className="min-w-0 flex-1 basis-64 py-1.5">
        <strong className="font-semibold">{words.practice.title}</strong>{' '}
        <span className="low:hidden">{words.practice.body}</span>
      </p>
      <Button tone="plain" className="text-accent" onClick={location.openSettings}>
        {words.practice.connect}
      </Button>
      <IconButton label={words.practice.hide} onClick={preferences.hidePracticeNote}>
        <X className="size-4" aria-hidden="true" />
      </IconButton>
    </aside>
  )
}
