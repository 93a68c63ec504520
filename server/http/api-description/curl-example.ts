import type { Operation } from './document.ts'

/** The operation as a person would try it: `$CONCH` is the address, `$TOKEN` the token, ids stand as `$ID`. */
export function curlExample(path: string, method: string, operation: Operation): string {
  const content = operation.requestBody?.content['application/json']
  const body = content && (Object.values(content.examples ?? {})[0]?.value ?? {})
  const streams = Object.values(operation.responses).some(
    (response) => 'content' in response && response.content?.['text/event-stream'] !== undefined,
  )
  const words = [
    `curl -sS${streams ? 'N' : ''}${method === 'get' ? '' : ` -X ${method.toUpperCase()}`} "$CONCH${path.replace(/\{(\w+)\}/g, (_, name) => `$${name.toUpperCase()}`)}"`,
    ...(operation.security?.length === 0 ? [] : ['-H "Authorization: Bearer $TOKEN"']),
    ...(body === undefined ? [] : ["-H 'Content-Type: application/json'", `-d ${shellQuoted(JSON.stringify(body))}`]),
  ]
  return words.join(' \\\n  ')
}

function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
