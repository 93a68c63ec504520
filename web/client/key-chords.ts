/*
 * Keys that are pressed together, as one text: `Mod+Shift+O`. `Mod` is Ctrl, or Cmd on a Mac; either is taken. A sign that
 * needs Shift on some keyboards and not on others is written without it: `?`, `Mod+/`.
 */

/** What a `KeyboardEvent` has, as far as it counts here. */
export interface PressedKey {
  readonly key: string
  readonly code: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  readonly shiftKey: boolean
  readonly getModifierState: (name: 'AltGraph') => boolean
}

const MODIFIERS: ReadonlySet<string> = new Set(['Control', 'Meta', 'Alt', 'Shift', 'AltGraph', 'CapsLock', 'Dead'])

/** The chord that was pressed; null for a modifier alone and for what the keyboard writes with AltGr. */
export function chordOf(event: PressedKey): string | null {
  if (MODIFIERS.has(event.key) || event.getModifierState('AltGraph')) return null
  const name = nameOf(event)
  const isSign = name.length === 1 && name.toLowerCase() === name.toUpperCase()
  const parts = [
    event.ctrlKey || event.metaKey ? 'Mod' : '',
    event.altKey ? 'Alt' : '',
    event.shiftKey && !isSign ? 'Shift' : '',
    name,
  ]
  return parts.filter((part) => part !== '').join('+')
}

/** By the sign on the key; where that is no Latin one, by the place of the key, as people with such keyboards expect. */
function nameOf({ key, code }: PressedKey): string {
  if (key === ' ') return 'Space'
  if (key.length === 1 && !/^[\x21-\x7e]$/.test(key)) return /^(?:Key|Digit)(.)$/.exec(code)?.[1] ?? key
  return key.length === 1 ? key.toUpperCase() : key
}

/** True where the chord writes something: in a box it belongs to the text. */
export function isTyped(chord: string): boolean {
  return !/^(?:Mod|Alt)\+/.test(chord) && (lastPart(chord).length === 1 || lastPart(chord) === 'Space')
}

/** What no command can have: moving the focus, leaving, and the ways to copy and undo. */
export function isReserved(chord: string): boolean {
  return /^(?:Shift\+)?(?:Tab|Escape)$/.test(chord) || /^Mod\+[ACVXYZ]$/.test(chord) || chord === 'Mod+Shift+Z'
}

export function lastPart(chord: string): string {
  return chord.endsWith('+') ? '+' : chord.slice(chord.lastIndexOf('+') + 1)
}
