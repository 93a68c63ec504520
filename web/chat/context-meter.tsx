import type { MessageView } from '../client/session-view.ts'
import { useServices } from '../services.ts'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'

/**
 * How much of what the model can keep in mind the conversation takes, as of this answer. Shown where both numbers are known:
 * an answer of several steps tells the sum of them all, which says nothing about this.
 */
export function ContextMeter({ answer }: { answer: MessageView }) {
  const { app } = useServices()
  const size = useSelected(app.state, (state) => state.system?.model_context_size ?? null)
  const { usage, steps } = answer
  if (size === null || usage?.input_tokens == null || steps.length !== 1) return null
  const used = Math.min(usage.input_tokens + (usage.output_tokens ?? 0), size)
  const label = words.message.context(used, size)
  return (
    <span data-testid="context-meter" title={label} className="inline-flex items-center gap-1.5">
      <meter aria-label={label} min={0} max={size} high={size * 0.8} value={used} className="context-meter" />
      <span aria-hidden="true">{Math.round((used / size) * 100)} %</span>
    </span>
  )
}
