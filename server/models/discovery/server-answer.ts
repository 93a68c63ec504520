import { z } from 'zod'
import { parseJson } from '../parse-json.ts'
import type { ServerAnswer } from './server-client.ts'

/** What a 200 says, as `schema` wants it; null for every other status, for what is no JSON and for what does not fit. */
export function readAs<Schema extends z.ZodType>(answer: ServerAnswer, schema: Schema): z.infer<Schema> | null {
  if (answer.status !== 200) return null
  const read = schema.safeParse(parseJson(answer.body))
  return read.success ? read.data : null
}

/** A field that may be missing or strange: then it is null, and the rest is read all the same. */
export function lenient<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullable().catch(null)
}

/** A list whose strange items are left out. */
export function lenientList<Schema extends z.ZodType>(item: Schema) {
  return z.array(z.unknown()).transform((values) =>
    values.flatMap((value) => {
      const read = item.safeParse(value)
      return read.success ? [read.data] : []
    }),
  )
}

/** A context size as servers tell it; -1, 0 and "auto" tell nothing. */
export const tokenCountSchema = lenient(z.int().positive())

export function wantsKey({ status }: ServerAnswer): boolean {
  return status === 401 || status === 403
}

export const versionSchema = z.object({ version: z.string() })

/** `GET …/models` of every server that speaks OpenAI's API. */
export const modelListSchema = z.object({
  data: lenientList(z.object({ id: z.string(), owned_by: lenient(z.string()) })),
})

/** The sum of a Prometheus metric over its labels; null where it is not there. */
export function readMetric(metrics: string, name: string): number | null {
  let sum: number | null = null
  for (const line of metrics.split('\n')) {
    if (!line.startsWith(name) || !/^[{\s]/.test(line.slice(name.length))) continue
    const value = Number(/\s(\S+)\s*$/.exec(line)?.[1])
    if (Number.isFinite(value)) sum = (sum ?? 0) + value
  }
  return sum
}
