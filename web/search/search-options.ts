import type { MarkedText, SearchPage } from '../../protocol/search.ts'
import type { Session } from '../../protocol/session.ts'
import type { CommandId, RunCommand } from '../client/commands.ts'
import { words } from '../words.ts'

/** A thing that can be done from the search. */
export interface Command {
  readonly id: CommandId
  readonly label: string
  /** How its keys are written. */
  readonly keys: string
  readonly run: RunCommand
}

/** One line to choose. Its `key` is unique among all. */
export type SearchOption =
  | { readonly type: 'command'; readonly key: string; readonly command: Command }
  | { readonly type: 'session'; readonly key: string; readonly id: Session['id']; readonly title: MarkedText }
  | { readonly type: 'message'; readonly key: string; readonly hit: SearchPage['messages'][number] }
  | { readonly type: 'more'; readonly key: 'more' }

export interface OptionGroup {
  readonly label: string
  readonly options: readonly SearchOption[]
}

const RECENT = 6

export interface OptionSources {
  readonly text: string
  readonly found: SearchPage | null
  readonly commands: readonly Command[]
  readonly sessions: readonly Session[]
}

/** What there is to choose: what one may want before a word is typed, and then what has the words. */
export function searchOptions(sources: OptionSources): readonly OptionGroup[] {
  const { text, found, sessions } = sources
  const titles =
    text.trim() === '' ? sessions.slice(0, RECENT).map(recentOption) : (found?.sessions.map(titleOption) ?? [])
  const messages: SearchOption[] =
    found?.messages.map((hit) => ({ type: 'message', key: `message-${hit.message_id}`, hit })) ?? []
  if (found?.has_more) messages.push({ type: 'more', key: 'more' })
  const groups = [
    { label: text.trim() === '' ? words.search.recent : words.search.sessions, options: titles },
    { label: words.search.messages, options: messages },
    { label: words.search.commands, options: commandOptions(sources) },
  ]
  return groups.filter(({ options }) => options.length > 0)
}

function recentOption({ id, title }: Session): SearchOption {
  return { type: 'session', key: `session-${id}`, id, title: [{ text: title || words.sessions.untitled, hit: false }] }
}

function titleOption({ session_id: id, title }: SearchPage['sessions'][number]): SearchOption {
  return { type: 'session', key: `session-${id}`, id, title }
}

/** Those whose name has every word that was typed. */
function commandOptions({ text, commands }: OptionSources): readonly SearchOption[] {
  const wanted = text.toLocaleLowerCase().split(/\s+/)
  return commands
    .filter(({ label }) => wanted.every((word) => label.toLocaleLowerCase().includes(word)))
    .map((command) => ({ type: 'command', key: `command-${command.id}`, command }))
}
