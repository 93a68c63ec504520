import { chosenLanguage, LANGUAGE_CHOICES, LANGUAGES } from '../client/languages.ts'
import { useServices } from '../services.ts'
import { Button } from '../ui/button.tsx'
import { RadioChoice } from '../ui/radio-choice.tsx'
import { useStore } from '../use-store.ts'
import { words } from '../words.ts'

/**
 * Belongs to this browser. A choice is kept at once and shown with the next load, which one asks for: arrow keys walk over the
 * choices, and somebody may be in the middle of an address. Other tabs are left alone, and follow when they are loaded.
 */
export function LanguageChoice() {
  const { preferences } = useServices()
  const choice = useStore(preferences.language)
  const wanted = chosenLanguage(choice, navigator.languages)
  return (
    <div className="flex flex-col items-start gap-3">
      <RadioChoice
        heading={words.languageChoice.heading}
        choices={LANGUAGE_CHOICES.map((value) =>
          value === 'browser'
            ? { value, label: words.languageChoice.browser(browserLanguage()) }
            : { value, label: LANGUAGES[value].name, lang: value },
        )}
        value={choice}
        onChoose={preferences.setLanguage}
      />
      {wanted !== words.language && <ShowButton language={wanted} />}
    </div>
  )
}

function ShowButton({ language }: { readonly language: keyof typeof LANGUAGES }) {
  const { drafts, reportFailure } = useServices()
  const show = () => drafts.settled().then(() => location.reload(), reportFailure)
  return (
    <Button tone="strong" lang={language} onClick={() => void show()}>
      {LANGUAGES[language].show}
    </Button>
  )
}

function browserLanguage(): string {
  return LANGUAGES[chosenLanguage('browser', navigator.languages)].name
}
