import type { Theme } from '../client/preferences.ts'
import { useServices } from '../services.ts'
import { RadioChoice } from '../ui/radio-choice.tsx'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'

const THEMES: readonly Theme[] = ['system', 'light', 'dark']

/** Light, dark, or as the system has it. Belongs to this browser. */
export function ThemeChoice() {
  const { preferences } = useServices()
  return (
    <RadioChoice
      heading={words.theme.heading}
      choices={THEMES.map((value) => ({ value, label: words.theme[value] }))}
      value={useStore(preferences.theme)}
      onChoose={preferences.setTheme}
    />
  )
}
