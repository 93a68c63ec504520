import type { ZodTypeProvider } from 'fastify-type-provider-zod'
import { z } from 'zod'
import { imageIdSchema, MAX_IMAGE_BYTES, messageImageSchema } from '../../protocol/image.ts'
import { addImage, imageOf } from '../sessions/session-images.ts'
import { type ConchServer, type HttpParts, sessionParamsSchema } from './http-parts.ts'
import { IMAGE_NOT_FOUND, NOT_AN_IMAGE, SESSION_NOT_FOUND, sendProblem, TOO_MANY_IMAGES } from './problem.ts'

const imageParamsSchema = sessionParamsSchema.extend({ image: z.string() })

/** What a browser may do with an image that somebody opens by its address: show it, and nothing else (S10, S20). */
const IMAGE_HEADERS = {
  'content-disposition': 'attachment',
  'content-security-policy': "default-src 'none'; sandbox",
}

/** Images of messages: given before the message that names them, and read again as they are (D18). */
export function imageRoutes(server: ConchServer, { images, sessions, sessionStore }: HttpParts): void {
  server.register(async (plugin) => {
    const scope = plugin.withTypeProvider<ZodTypeProvider>()
    // the body as it is: what it is called decides nothing
    scope.addContentTypeParser(/^image\//, { parseAs: 'buffer', bodyLimit: MAX_IMAGE_BYTES }, (_request, body, done) =>
      done(null, body),
    )
    scope.post(
      '/api/sessions/:id/images',
      {
        bodyLimit: MAX_IMAGE_BYTES,
        schema: { params: sessionParamsSchema, response: { 201: messageImageSchema } },
      },
      async (request, reply) => {
        const sessionId = request.params.id
        if (!(await sessionStore.readSession(sessionId))) return sendProblem(reply, SESSION_NOT_FOUND)
        const bytes = request.body
        const image = Buffer.isBuffer(bytes) ? imageOf(bytes) : undefined
        if (!Buffer.isBuffer(bytes) || !image) return sendProblem(reply, NOT_AN_IMAGE)
        sessions.noteGivenImage(sessionId, image)
        const result = await addImage(images, sessionId, { image, bytes })
        return result === 'added' ? reply.code(201).send(image) : sendProblem(reply, TOO_MANY_IMAGES)
      },
    )
  })

  server.get('/api/sessions/:id/images/:image', { schema: { params: imageParamsSchema } }, async (request, reply) => {
    const { id, image: name } = request.params
    const imageId = imageIdSchema.safeParse(name)
    if (!(await sessionStore.readSession(id))) return sendProblem(reply, SESSION_NOT_FOUND)
    const image = imageId.success ? await images.find(id, imageId.data) : undefined
    const bytes = image && (await images.read(id, image))
    if (!bytes) return sendProblem(reply, IMAGE_NOT_FOUND)
    return reply.headers(IMAGE_HEADERS).type(image.media_type).send(bytes)
  })
}
