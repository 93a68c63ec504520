import { createParser, type EventSourceMessage } from 'eventsource-parser'
import { isNetworkFailure } from './network-failure.ts'

/** One frame of an event stream: an entry has an id, a notice has an event name. */
export type StreamFrame = EventSourceMessage

/**
 * Yields the frames of each piece that arrives, and an empty list for a piece that holds none, such as a heartbeat.
 * Ends with the connection, whether it was closed or broke: both are answered by opening the next one.
 */
export async function* readFrames(body: ReadableStream<Uint8Array>): AsyncGenerator<readonly StreamFrame[]> {
  let frames: StreamFrame[] = []
  const parser = createParser({ onEvent: (frame) => frames.push(frame) })
  const decoder = new TextDecoder()
  const reader = body.getReader()
  for (;;) {
    const piece = await readPiece(reader)
    if (piece === null) return
    frames = []
    parser.feed(decoder.decode(piece, { stream: true }))
    yield frames
  }
}

async function readPiece(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array | null> {
  try {
    const piece = await reader.read()
    return piece.done ? null : piece.value
  } catch (error) {
    if (isNetworkFailure(error)) return null
    throw error
  }
}
