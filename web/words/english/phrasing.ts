const FORMS = new Intl.PluralRules('en')

/** “12,000”, and “0.5” with one digit after the point. */
export function number(value: number, digits = 0): string {
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })
}

/** “1 session”, “12,000 sessions”. */
export function count(value: number, one: string, other: string): string {
  return `${number(value)} ${FORMS.select(value) === 'one' ? one : other}`
}
