import type { ToolDefinition } from './model.ts'

export type ToolResult =
  | { readonly status: 'ok'; readonly result: string }
  | { readonly status: 'error'; readonly result: string }

/** One thing the agent can do. `server/tools/` has one folder each. */
export interface Tool {
  readonly definition: ToolDefinition
  /** Turns the model's JSON into arguments, or says what is wrong with it in words the model can act on. */
  parse(
    argumentsJson: string,
  ): { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: string }
  /** Runs with what `parse` returned. Rejects only when `signal` aborts or for a bug of ours. */
  execute(value: unknown, signal: AbortSignal): Promise<ToolResult>
}
