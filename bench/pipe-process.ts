import { createServer, request } from 'node:http'
import { answerQuestions } from './harness/helper-process.ts'
import { listenLocally } from './harness/listen-locally.ts'

/**
 * The limit for streams: a plain Node server that hands a request to the model and the model's answer to the client, byte
 * for byte, without looking at it. Nothing that does more can cost less.
 */
function rawPipe() {
  return {
    listen({ modelUrl }: { readonly modelUrl: string }): Promise<string> {
      const server = createServer((incoming, response) => {
        const onward = request(`${modelUrl}/chat/completions`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'content-length': incoming.headers['content-length'] },
          agent: false,
        })
        onward.once('response', (answer) => {
          response.writeHead(answer.statusCode ?? 502, { 'content-type': answer.headers['content-type'] })
          response.flushHeaders()
          answer.pipe(response)
        })
        onward.once('error', (error) => response.destroy(error))
        response.once('close', () => onward.destroy())
        incoming.pipe(onward)
      })
      return listenLocally(server)
    },
  }
}
export type PipeAnswers = ReturnType<typeof rawPipe>

answerQuestions(rawPipe())
