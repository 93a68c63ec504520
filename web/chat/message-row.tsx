import { memo } from 'react'
import type { TurnPhase } from '../../protocol/turn.ts'
import type { MessageView, StepView } from '../client/session-view.ts'
import { ShellMark } from '../ui/shell-mark.tsx'
import { useFocusAfter } from '../ui/use-focus-after.ts'
import { useSelected } from '../use-store.ts'
import { words } from '../words.ts'
import { Markdown } from './markdown.tsx'
import { MessageEditor } from './message-editor.tsx'
import { MessageFoot } from './message-foot.tsx'
import { MessageImages } from './message-images.tsx'
import { OutcomeNote } from './outcome-note.tsx'
import { Reasoning } from './reasoning.tsx'
import { useSessionPlace } from './session-context.ts'
import { ToolCallCard } from './tool-call-card.tsx'

interface MessageRowProps {
  readonly message: MessageView
  /** What its turn is doing; null for a settled message. */
  readonly phase: TurnPhase | null
  /** Of an answer: what it answers, where that is still there. */
  readonly question: MessageView | null
  readonly isLast: boolean
}

/** One message. A settled one is drawn once: its identity never changes. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  return props.message.role === 'user' ? <UserMessage {...props} /> : <AssistantMessage {...props} />
})

function UserMessage({ message, phase, isLast }: MessageRowProps) {
  const { changes, sessionId } = useSessionPlace().session
  const edit = useSelected(changes.edit, (current) => (current?.messageId === message.messageId ? current : null))
  const editButtonRef = useFocusAfter<HTMLButtonElement>(edit !== null)
  return (
    <article
      data-testid="message-user"
      aria-label={words.chat.you}
      className={edit === null ? 'group flex flex-col items-end' : ''}
    >
      {edit === null ? (
        <>
          <MessageImages sessionId={sessionId} images={message.images} />
          {message.content !== '' && (
            <div
              dir="auto"
              className="max-w-[88%] whitespace-pre-wrap rounded-large rounded-ee-small bg-wash px-4 py-2.5 text-body [overflow-wrap:anywhere]"
            >
              {message.content}
            </div>
          )}
          <MessageFoot
            message={message}
            question={null}
            isLast={isLast && phase === null}
            editButtonRef={editButtonRef}
          />
        </>
      ) : (
        <MessageEditor edit={edit} />
      )}
    </article>
  )
}

function AssistantMessage({ message, phase, question, isLast }: MessageRowProps) {
  const isEmpty = message.content === '' && message.steps.every((step) => step.text === '')
  const hasNothing = isEmpty && message.steps.every((step) => step.reasoning === '' && step.toolCalls.length === 0)
  return (
    <article
      data-testid="message-assistant"
      aria-label={words.chat.answer}
      aria-busy={phase !== null}
      className="group flex flex-col gap-3 text-body"
    >
      {message.steps.map((step) => (
        <StepPart key={step.step} step={step} />
      ))}
      {message.steps.length === 0 && message.content !== '' && <Markdown text={message.content} isWriting={false} />}
      {phase !== null && hasNothing && <Waiting phase={phase} />}
      {message.outcome !== null && <OutcomeNote outcome={message.outcome} isEmpty={isEmpty} />}
      {phase === null && <MessageFoot message={message} question={question} isLast={isLast} />}
    </article>
  )
}

const StepPart = memo(function StepPart({ step }: { step: StepView }) {
  return (
    <>
      {step.reasoning !== '' && (
        <Reasoning text={step.reasoning} durationMs={step.reasoningMs} isWriting={step.isWriting && step.text === ''} />
      )}
      {step.text !== '' && <Markdown text={step.text} isWriting={step.isWriting} />}
      {step.toolCalls.map((call) => (
        <ToolCallCard key={call.callId} call={call} />
      ))}
    </>
  )
})

function Waiting({ phase }: { phase: TurnPhase }) {
  return (
    <p className="flex items-center gap-2.5 text-small text-soft">
      <ShellMark className="size-5 animate-breathe text-accent" />
      {phase === 'running' ? words.message.waiting : words.holder.phase[phase]}
    </p>
  )
}
