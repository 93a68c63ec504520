const PLACEHOLDER_TITLES = new Set(['', 'new chat', 'new task', 'untitled', 'untitled session', 'chat'])
const MAX_AUTOMATIC_LENGTH = 60

/** True for titles that nobody chose: an automatic title may replace them. */
export function isPlaceholderTitle(title: string): boolean {
  return PLACEHOLDER_TITLES.has(title.trim().toLowerCase())
}

/** What a session that nobody has named is called: the first line of its first message, cut at a word. */
export function titleFromMessage(message: string): string {
  const line = firstLineOf(message.trim())
  const characters = [...line]
  if (characters.length <= MAX_AUTOMATIC_LENGTH) return line
  const cut = characters.slice(0, MAX_AUTOMATIC_LENGTH).join('')
  const lastSpace = cut.lastIndexOf(' ')
  return `${(lastSpace > MAX_AUTOMATIC_LENGTH / 2 ? cut.slice(0, lastSpace) : cut).trimEnd()}…`
}

function firstLineOf(text: string): string {
  const end = text.indexOf('\n')
  return end < 0 ? text : text.slice(0, end).trimEnd()
}
