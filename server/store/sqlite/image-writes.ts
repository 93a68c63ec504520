import type { DatabaseSync, StatementSync } from 'node:sqlite'
import type { MessageId } from '../../../protocol/ids.ts'
import { type MessageImage, messageImageSchema } from '../../../protocol/image.ts'
import { SELECT_MESSAGE_IMAGES } from './rows.ts'

/** Which images a message has, inside the transaction that the writer has opened. */
export class ImageWrites {
  readonly #insert: StatementSync
  readonly #copy: StatementSync
  readonly #select: StatementSync

  constructor(database: DatabaseSync) {
    this.#insert = database.prepare(
      'INSERT INTO message_image (message, place, image_id, media_type) VALUES (?, ?, ?, ?)',
    )
    this.#copy = database.prepare(`INSERT INTO message_image (message, place, image_id, media_type)
      SELECT ?, place, image_id, media_type FROM message_image WHERE message = ?`)
    this.#select = database.prepare(SELECT_MESSAGE_IMAGES)
  }

  add(message: MessageId, images: readonly MessageImage[]): void {
    for (const [place, { image_id, media_type }] of images.entries()) {
      this.#insert.run(message, place, image_id, media_type)
    }
  }

  copy(from: MessageId, to: MessageId): void {
    this.#copy.run(to, from)
  }

  of(message: MessageId): readonly MessageImage[] {
    return this.#select.all(message).map((row) => messageImageSchema.parse(row))
  }
}
