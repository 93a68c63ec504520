import { Monitor, Moon, Sun } from 'lucide-react'
import type { Theme } from '../client/preferences.ts'
import { useServices } from '../services.ts'
import { IconButton } from '../ui/icon-button.tsx'
import { Menu, MenuChoice } from '../ui/menu.tsx'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'

const ICONS: Readonly<Record<Theme, typeof Sun>> = { system: Monitor, light: Sun, dark: Moon }
const THEMES: readonly Theme[] = ['system', 'light', 'dark']

export function ThemeMenu() {
  const { preferences } = useServices()
  const theme = useStore(preferences.theme)
  const Icon = ICONS[theme]
  return (
    <Menu
      trigger={
        <IconButton label={words.theme.heading}>
          <Icon className="size-4" aria-hidden="true" />
        </IconButton>
      }
    >
      <MenuChoice
        label={words.theme.heading}
        value={theme}
        choices={THEMES.map((value) => ({ value, label: words.theme[value], icon: drawIcon(value) }))}
        onChoose={preferences.setTheme}
      />
    </Menu>
  )
}

function drawIcon(theme: Theme) {
  const Icon = ICONS[theme]
  return <Icon className="size-4 text-soft" aria-hidden="true" />
}
