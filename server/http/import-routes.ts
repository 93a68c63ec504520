import { z } from 'zod'
import { imageIdSchema } from '../../protocol/image.ts'
import { sessionSchema } from '../../protocol/session.ts'
import { MAX_FILE_IMAGE_BYTES, readFileImages, sessionFileSchema } from '../sessions/session-file.ts'
import { describeSession } from '../sessions/sessions.ts'
import type { ConchServer, HttpParts } from './http-parts.ts'
import { MANY_JSON_KEYS } from './json-body.ts'
import { type ProblemFacts, sendProblem } from './problem.ts'

/** A file with ten thousand messages of a usual length, and all the images that a file carries in base64. */
const MAX_FILE_BYTES = 16 * 1024 * 1024 + 4 * Math.ceil(MAX_FILE_IMAGE_BYTES / 3)

const importedSchema = z.intersection(
  sessionSchema,
  z.object({
    /** Named by messages and not in the file: the messages go on naming them, and there is nothing to show. */
    missing_images: z.array(imageIdSchema).optional(),
  }),
)

const IMAGE_NOT_AS_NAMED: ProblemFacts = {
  status: 422,
  code: 'invalid_request',
  detail: 'An image of this file is not what its name and its kind say. Nothing was added.',
}

/** A session that comes back from a file. It is a new one: what exists is never touched by it (row 113). */
export function importRoutes(server: ConchServer, { sessions, sessionLimit }: HttpParts): void {
  server.post(
    '/api/sessions/import',
    {
      bodyLimit: MAX_FILE_BYTES,
      config: { maxJsonKeys: MANY_JSON_KEYS },
      schema: { body: sessionFileSchema, response: { 201: importedSchema } },
    },
    async (request, reply) => {
      const images = readFileImages(request.body.images)
      if (!images) return sendProblem(reply, IMAGE_NOT_AS_NAMED)
      const limited = sessionLimit.take()
      if (limited) return sendProblem(reply, limited)
      const { session, messages } = request.body
      const said = messages.map(({ created_at: createdAt, ...message }) => ({ ...message, createdAt }))
      const record = await sessions.create({ title: session.title }, said, images)
      const carried = new Set(images.map(({ image }) => image.image_id))
      const named = new Set(messages.flatMap((message) => message.images ?? []).map((image) => image.image_id))
      const missing = [...named].filter((id) => !carried.has(id))
      return reply.code(201).send({
        ...describeSession(record),
        ...(missing.length > 0 && { missing_images: missing }),
      })
    },
  )
}
