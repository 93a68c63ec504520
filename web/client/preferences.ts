import { isLanguage, type LanguageChoice } from './languages.ts'
import { createStore, type ReadableStore } from './store.ts'

export type Theme = 'system' | 'light' | 'dark'

/** Choices that belong to this browser and not to the server. */
export interface Preferences {
  readonly theme: ReadableStore<Theme>
  readonly setTheme: (theme: Theme) => void
  /** In which language the screen is from the next load on. */
  readonly language: ReadableStore<LanguageChoice>
  readonly setLanguage: (language: LanguageChoice) => void
  /** Whether the introduction of the practice model was put away. */
  readonly practiceNoteHidden: ReadableStore<boolean>
  readonly hidePracticeNote: () => void
}

const THEME_KEY = 'conch.theme'
const LANGUAGE_KEY = 'conch.language'
const PRACTICE_NOTE_KEY = 'conch.practice-note-hidden'

/** Applies the theme to `root` at once and after each change. */
export function readPreferences(storage: Storage, root: HTMLElement): Preferences {
  const theme = createStore(parseTheme(storage.getItem(THEME_KEY)))
  const language = createStore(parseLanguage(storage.getItem(LANGUAGE_KEY)))
  const practiceNoteHidden = createStore(storage.getItem(PRACTICE_NOTE_KEY) !== null)
  function applyTheme(): void {
    root.dataset.theme = theme.get()
  }
  applyTheme()
  return {
    theme,
    setTheme: (next) => {
      storage.setItem(THEME_KEY, next)
      theme.set(next)
      applyTheme()
    },
    language,
    setLanguage: (next) => {
      storage.setItem(LANGUAGE_KEY, next)
      language.set(next)
    },
    practiceNoteHidden,
    hidePracticeNote: () => {
      storage.setItem(PRACTICE_NOTE_KEY, 'yes')
      practiceNoteHidden.set(true)
    },
  }
}

function parseTheme(stored: string | null): Theme {
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

function parseLanguage(stored: string | null): LanguageChoice {
  return stored !== null && isLanguage(stored) ? stored : 'browser'
}
