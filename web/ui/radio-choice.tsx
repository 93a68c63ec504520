import { useId } from 'react'

interface RadioChoiceProps<Value extends string | number | null> {
  readonly heading: string
  readonly choices: readonly { readonly value: Value; readonly label: string; readonly lang?: string | undefined }[]
  readonly value: Value
  readonly onChoose: (value: Value) => void
}

/** One of a few, all of which are seen. */
export function RadioChoice<Value extends string | number | null>(props: RadioChoiceProps<Value>) {
  const name = useId()
  return (
    <fieldset className="flex flex-wrap gap-2">
      <legend className="mb-2 text-small text-soft">{props.heading}</legend>
      {props.choices.map(({ value, label, lang }) => (
        <label
          key={value}
          lang={lang}
          className="inline-flex min-h-9 cursor-pointer items-center gap-2 rounded-medium border border-line bg-raised px-3.5 py-1.5 text-small has-checked:border-accent has-focus-visible:outline-2 has-focus-visible:outline-accent touch:min-h-11"
        >
          <input type="radio" name={name} checked={props.value === value} onChange={() => props.onChoose(value)} />
          {label}
        </label>
      ))}
    </fieldset>
  )
}
