const FORMS = new Intl.PluralRules('de')

/** „12.000“, and „0,5“ with one digit after the comma. */
export function number(value: number, digits = 0): string {
  return value.toLocaleString('de', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** „1 Gespräch“, „12.000 Gespräche“. */
export function count(value: number, one: string, other: string): string {
  return `${number(value)} ${FORMS.select(value) === 'one' ? one : other}`
}
