import type { ModelEvent, ModelEventSink } from '../agent/model.ts'

/**
 * A text that a model is to go on with, made fit for that. Servers render it through the model's template, and most of those
 * trim it: the model would then write the space between the words a second time. So the text goes there without the space
 * at its end, and what comes back loses as much of that space as it repeats.
 */
export interface ContinuedText {
  /** What the server is given. */
  readonly begun: string
  /** Hands on what follows the whole text. */
  readonly sink: ModelEventSink
}

export function continueText(text: string, onEvent: ModelEventSink): ContinuedText {
  const begun = text.trimEnd()
  let repeated = text.slice(begun.length)
  const withoutRepeated = (piece: string): string => {
    let same = 0
    while (same < piece.length && same < repeated.length && piece[same] === repeated[same]) same += 1
    // Once anything else has come, what comes later repeats nothing.
    repeated = same < piece.length ? '' : repeated.slice(same)
    return piece.slice(same)
  }
  const sink = (event: ModelEvent): Promise<void> | undefined => {
    if (event.type !== 'text' || repeated === '') return onEvent(event)
    const rest = withoutRepeated(event.text)
    return onEvent(rest === '' ? { type: 'progress' } : { type: 'text', text: rest })
  }
  return { begun, sink }
}
