import { type ReactNode, useEffect, useId, useRef } from 'react'
import { useServices } from '../services.ts'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'
import { ContextSize } from './context-size.tsx'
import { DataSettings } from './data-settings.tsx'
import { LanguageChoice } from './language-choice.tsx'
import { ModelSettings } from './model-settings.tsx'
import { ThemeChoice } from './theme-choice.tsx'

/** What a person can set. */
export function SettingsScreen() {
  const { app } = useServices()
  const version = useSelected(app.state, (state) => state.system?.version ?? '')
  const top = useRef<HTMLDivElement | null>(null)
  useEffect(() => top.current?.focus(), []) // from here Tab goes on into the page
  return (
    <div
      ref={top}
      tabIndex={-1}
      className="min-h-0 flex-1 overflow-y-auto px-5 outline-none sm:px-7"
      data-testid="settings"
    >
      <div className="mx-auto flex w-full max-w-measure flex-col gap-10 py-6">
        <Section title={words.settings.model} lead={words.settings.modelLead}>
          <ModelSettings />
          <ContextSize />
        </Section>
        <Section title={words.settings.appearance}>
          <ThemeChoice />
          <LanguageChoice />
        </Section>
        <Section title={words.data.heading} lead={words.data.lead}>
          <DataSettings />
        </Section>
        <Section title={words.settings.about}>
          <p className="text-small">{words.settings.version(version)}</p>
          <p className="max-w-line text-pretty text-note text-soft">{words.settings.privacy}</p>
        </Section>
      </div>
    </div>
  )
}

interface SectionProps {
  readonly title: string
  readonly lead?: string
  readonly children: ReactNode
}

function Section({ title, lead, children }: SectionProps) {
  const id = useId()
  return (
    <section aria-labelledby={id} className="flex flex-col gap-3">
      <h2 id={id} className="font-serif text-title">
        {title}
      </h2>
      {lead && <p className="max-w-line text-pretty text-small text-soft">{lead}</p>}
      {children}
    </section>
  )
}
