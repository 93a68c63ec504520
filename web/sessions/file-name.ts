const MAX_LENGTH = 60

/** A name that every system takes, made of a session's title. */
export function fileNameOf(title: string, ending: string): string {
  const words = title
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()
  const name = [...words].slice(0, MAX_LENGTH).join('').trim().replaceAll(' ', '-')
  return `${name || 'session'}.${ending}`
}
