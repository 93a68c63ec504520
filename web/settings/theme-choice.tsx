import type { Theme } from '../client/preferences.ts'
import { useServices } from '../services.ts'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'

const THEMES: readonly Theme[] = ['system', 'light', 'dark']

/** Light, dark, or as the system has it. Belongs to this browser. */
export function ThemeChoice() {
  const { preferences } = useServices()
  const theme = useStore(preferences.theme)
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="mb-2 text-small text-soft">{words.theme.heading}</legend>
      {THEMES.map((value) => (
        <label
          key={value}
          className="inline-flex min-h-9 cursor-pointer items-center gap-2 rounded-medium border border-line bg-raised px-3.5 py-1.5 text-small has-checked:border-accent has-focus-visible:outline-2 has-focus-visible:outline-accent touch:min-h-11"
        >
          <input
            type="radio"
            name="theme"
            value={value}
            checked={theme === value}
            onChange={() => preferences.setTheme(value)}
          />
          {words.theme[value]}
        </label>
      ))}
    </fieldset>
  )
}
