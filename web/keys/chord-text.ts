import { lastPart } from '../client/key-chords.ts'
import { words } from '../words.ts'

const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent)

/** A chord as it is written on the keys. */
export function chordText(chord: string): string {
  const names: Readonly<Record<string, string>> = words.keys.names
  const key = lastPart(chord)
  const modifiers = chord
    .slice(0, -key.length)
    .split('+')
    .filter((part) => part !== '')
  const written = modifiers.map((part) => (isMac ? names[`${part}OnMac`] : undefined) ?? names[part] ?? part)
  return [...written, names[key] ?? key].join('+')
}

export function chordsText(chords: readonly string[]): string {
  return chords.length === 0 ? words.keys.none : chords.map(chordText).join(` ${words.keys.or} `)
}
