import { Search } from 'lucide-react'
import { type KeyboardEvent, useEffect, useMemo, useRef, useState } from 'react'
import { COMMAND_IDS } from '../client/commands.ts'
import { chordsText } from '../keys/chord-text.ts'
import { useServices } from '../services.ts'
import { FloatDialog } from '../ui/float-dialog.tsx'
import { isComposing } from '../ui/is-composing.ts'
import { useSelected, useStore } from '../use-store.ts'
import { words } from '../words.ts'
import { SearchOptionRow } from './search-option-row.tsx'
import { type Command, type OptionGroup, type SearchOption, searchOptions } from './search-options.ts'

interface SearchDialogProps {
  readonly onClose: () => void
}

/** One box for finding what was said, going to a session, and doing something by its name. */
export function SearchDialog({ onClose }: SearchDialogProps) {
  return (
    <FloatDialog
      title={words.search.heading}
      onClose={onClose}
      className="inset-x-0 top-[max(0.5rem,8dvh)] mx-auto flex max-h-[min(40rem,84dvh)] low:top-2 low:max-h-[calc(100dvh-1rem)] w-[min(40rem,calc(100vw-1rem))] flex-col overflow-hidden"
    >
      <SearchPanel onClose={onClose} />
    </FloatDialog>
  )
}

const LIST_ID = 'search-results'

/** The focus stays in the box; the chosen line is named to those who hear the page. */
function SearchPanel({ onClose }: SearchDialogProps) {
  const { search } = useServices()
  const state = useStore(search.state)
  const groups = useGroups()
  const options = groups.flatMap((group) => group.options)
  const [chosenKey, setChosenKey] = useState<string | null>(null)
  const chosen = options.find(({ key }) => key === chosenKey) ?? options[0]
  const choose = useChoosing(onClose)
  useEffect(() => () => void search.setText(''), [search])
  function move(by: number): void {
    const at = chosen === undefined ? 0 : options.indexOf(chosen)
    const next = options[(at + by + options.length) % options.length]
    setChosenKey(next?.key ?? null)
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (isComposing(event.nativeEvent)) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step === undefined && event.key !== 'Enter') return
    event.preventDefault()
    if (step !== undefined) move(step)
    else if (chosen !== undefined) choose(chosen)
  }
  return (
    <>
      <div className="flex items-center gap-2 border-line border-b ps-4 pe-2 focus-within:border-accent">
        <Search className="size-4 shrink-0 text-soft" aria-hidden="true" />
        <input
          type="text"
          role="combobox"
          aria-label={words.search.label}
          aria-expanded="true"
          aria-controls={LIST_ID}
          aria-autocomplete="list"
          aria-activedescendant={chosen === undefined ? undefined : optionId(chosen)}
          placeholder={words.search.placeholder}
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          value={state.text}
          onChange={(event) => {
            setChosenKey(null)
            void search.setText(event.currentTarget.value)
          }}
          onKeyDown={onKeyDown}
          className="min-h-12 min-w-0 flex-1 bg-transparent text-body outline-none placeholder:text-soft"
        />
      </div>
      <ResultList groups={groups} chosen={chosen} onChoose={choose} />
      <StatusLine count={state.found === null ? null : countOf(groups)} />
    </>
  )
}

/** What can be done where the dialog was opened. */
function useCommands(): readonly Command[] {
  const { commands, keys } = useServices()
  const offered = useStore(commands.offered)
  return useMemo(
    () =>
      COMMAND_IDS.flatMap((id) => {
        const run = id === 'search' ? undefined : offered.get(id)
        const text = keys.isOn(id) ? chordsText(keys.keysOf(id)) : ''
        return run === undefined ? [] : [{ id, label: words.commands[id], keys: text, run }]
      }),
    [offered, keys],
  )
}

function useGroups(): readonly OptionGroup[] {
  const { app, search } = useServices()
  const commands = useCommands()
  const { text, found } = useStore(search.state)
  const list = useSelected(app.state, (state) => state.sessions)
  return useMemo(() => {
    const sessions = list.status === 'ready' ? list.sessions : []
    return searchOptions({ text, found, commands, sessions })
  }, [text, found, commands, list])
}

function useChoosing(onClose: () => void): (option: SearchOption) => void {
  const { location, search } = useServices()
  return (option) => {
    if (option.type === 'more') return void search.loadMore()
    onClose()
    if (option.type === 'session') location.openSession(option.id)
    if (option.type === 'message') location.openMessage(option.hit.session_id, option.hit.message_id)
    // once the dialog has gone, which keeps the focus for as long as it is there
    if (option.type === 'command') requestAnimationFrame(() => void option.command.run())
  }
}

interface ResultListProps {
  readonly groups: readonly OptionGroup[]
  readonly chosen: SearchOption | undefined
  readonly onChoose: (option: SearchOption) => void
}

function ResultList({ groups, chosen, onChoose }: ResultListProps) {
  const listRef = useRef<HTMLDivElement | null>(null)
  const chosenId = chosen === undefined ? null : optionId(chosen)
  useEffect(() => {
    if (chosenId !== null) document.getElementById(chosenId)?.scrollIntoView({ block: 'nearest' })
  }, [chosenId])
  return (
    <div
      ref={listRef}
      id={LIST_ID}
      role="listbox"
      aria-label={words.search.results}
      className="min-h-0 flex-1 overflow-y-auto p-2"
    >
      {groups.map((group) => (
        // biome-ignore lint/a11y/useSemanticElements: a group of options in a listbox; a fieldset is none
        <div key={group.label} role="group" aria-label={group.label}>
          <div aria-hidden="true" className="px-3 pt-2 pb-1 text-note text-soft">
            {group.label}
          </div>
          {group.options.map((option) => (
            <SearchOptionRow
              key={option.key}
              id={optionId(option)}
              option={option}
              isChosen={option === chosen}
              onChoose={onChoose}
            />
          ))}
        </div>
      ))}
    </div>
  )
}

function optionId({ key }: SearchOption): string {
  return `option-${key}`
}

function countOf(groups: readonly OptionGroup[]): number {
  return groups.flatMap(({ options }) => options).filter(({ type }) => type !== 'more').length
}

function StatusLine({ count }: { count: number | null }) {
  const { search } = useServices()
  const { status, found } = useStore(search.state)
  const text =
    status === 'failed'
      ? words.search.failed
      : status === 'searching'
        ? words.search.searching
        : count === null
          ? ''
          : count === 0
            ? words.search.nothing
            : words.search.count(count)
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 border-line border-t px-4 py-2 text-note text-soft">
      <p role="status">
        {text} {found?.is_complete === false && words.search.incomplete}
      </p>
      <p className="low:hidden touch:hidden">{words.search.keys}</p>
    </div>
  )
}
