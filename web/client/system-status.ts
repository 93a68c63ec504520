import { z } from 'zod'

/** What is known about the model in use. Lenient: a field that a server does not send is simply not known. */
export const systemStatusSchema = z.object({
  model_loaded: z.string().nullable().catch(null),
  default_model_name: z.string().nullable().catch(null),
  /** In tokens. */
  model_context_size: z.int().positive().nullable().catch(null),
  practice_model: z.boolean().catch(false),
  version: z.string().catch(''),
})
export type SystemStatus = z.infer<typeof systemStatusSchema>

export function modelName(system: SystemStatus): string | null {
  return system.model_loaded ?? system.default_model_name
}
