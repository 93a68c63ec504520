import { z } from 'zod'

/** What one part of the bench found, ready to be shown; `results.json` keeps it until the part is measured again. */

export const goalSchema = z.object({
  what: z.string(),
  goal: z.string(),
  measured: z.string(),
  met: z.boolean(),
})
export type Goal = z.infer<typeof goalSchema>

export const tableSchema = z.object({
  title: z.string(),
  head: z.array(z.string()),
  rows: z.array(z.array(z.string())),
})
export type Table = z.infer<typeof tableSchema>

/** `bars`: a group for each name on the x axis, a bar for each series. `lines`: both axes logarithmic. */
export const chartSchema = z.object({
  file: z.string().regex(/^[a-z-]+$/),
  title: z.string(),
  kind: z.enum(['bars', 'lines']),
  unit: z.string(),
  xTitle: z.string(),
  x: z.array(z.number()),
  series: z.array(z.object({ name: z.string(), values: z.array(z.number()) })),
})
export type Chart = z.infer<typeof chartSchema>

export const partResultSchema = z.object({
  goals: z.array(goalSchema),
  tables: z.array(tableSchema),
  charts: z.array(chartSchema),
  /** Every round behind the tables. */
  figures: z.json(),
})
export type PartResult = z.infer<typeof partResultSchema>
