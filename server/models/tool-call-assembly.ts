import type { ModelToolCall } from '../agent/model.ts'
import { toStorableText } from '../agent/storable-text.ts'
import type { ToolCallDelta } from './chat-chunk.ts'
import { parseJson } from './parse-json.ts'

interface OpenCall {
  id: string
  name: string
  readonly argumentPieces: string[]
}

/**
 * Puts tool calls together from their pieces (F55). By the contract a piece belongs to the call at its `index`; servers
 * also leave the index out, give every call the index 0, repeat id and name in each piece, or make up a new id for each.
 * So a piece begins a new call where its place is empty, or where it has a name and an id other than the call's there.
 * Where ids are left out, too, another name begins one, and the same name does so where both calls are whole.
 */
export class ToolCallAssembly {
  readonly #calls: OpenCall[] = []
  readonly #byIndex = new Map<number, OpenCall>()

  add(delta: ToolCallDelta): void {
    const open = delta.index === null ? this.#findWithoutIndex(delta) : this.#byIndex.get(delta.index)
    const call = open && !beginsAnother(open, delta) ? open : this.#begin(delta.index)
    call.id ||= delta.id
    call.name ||= delta.name
    if (delta.arguments) call.argumentPieces.push(delta.arguments)
  }

  /** The calls in the order they began. An id that is missing or taken gets one of ours. */
  finish(): ModelToolCall[] {
    const taken = new Set<string>()
    return this.#calls.map((call, position) => {
      const id = toStorableText(call.id)
      const callId = id && !taken.has(id) ? id : freeId(taken, position + 1)
      taken.add(callId)
      return {
        callId,
        tool: toStorableText(call.name),
        arguments: toStorableText(call.argumentPieces.join('')) || '{}',
      }
    })
  }

  #begin(index: number | null): OpenCall {
    const call: OpenCall = { id: '', name: '', argumentPieces: [] }
    this.#calls.push(call)
    if (index !== null) this.#byIndex.set(index, call)
    return call
  }

  #findWithoutIndex(delta: ToolCallDelta): OpenCall | undefined {
    const named = delta.id ? this.#calls.findLast((call) => call.id === delta.id) : undefined
    return named ?? this.#calls.at(-1)
  }
}

function beginsAnother(open: OpenCall, delta: ToolCallDelta): boolean {
  if (delta.name === '' || open.name === '') return false
  if (delta.id !== '' && open.id !== '') return delta.id !== open.id
  return delta.name !== open.name || (isWhole([delta.arguments]) && isWhole(open.argumentPieces))
}

/** Looks at one piece only: to read all of them again at each further one would take ever longer. */
function isWhole(pieces: readonly string[]): boolean {
  return pieces.length === 1 && pieces.every((piece) => parseJson(piece) !== undefined)
}

function freeId(taken: ReadonlySet<string>, position: number): string {
  let n = position
  while (taken.has(`call_${n}`)) n += 1
  return `call_${n}`
}
