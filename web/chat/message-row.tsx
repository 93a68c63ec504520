import { memo } from 'react'
import type { TurnPhase, TurnUsage } from '../../protocol/turn.ts'
import type { MessageView, StepView } from '../client/session-view.ts'
import { CopyButton } from '../ui/copy-button.tsx'
import { ShellMark } from '../ui/shell-mark.tsx'
import { words } from '../words.ts'
import { Markdown } from './markdown.tsx'
import { OutcomeNote } from './outcome-note.tsx'
import { Reasoning } from './reasoning.tsx'
import { formatClock, formatFullTime } from './time-format.ts'
import { ToolCallCard } from './tool-call-card.tsx'

interface MessageRowProps {
  readonly message: MessageView
  /** What its turn is doing; null for a settled message. */
  readonly phase: TurnPhase | null
}

/** One message. A settled one is drawn once: its identity never changes. */
export const MessageRow = memo(function MessageRow({ message, phase }: MessageRowProps) {
  return message.role === 'user' ? (
    <UserMessage message={message} />
  ) : (
    <AssistantMessage message={message} phase={phase} />
  )
})

function UserMessage({ message }: { message: MessageView }) {
  return (
    <article data-testid="message-user" aria-label={words.chat.you} className="group flex flex-col items-end">
      <div className="max-w-[88%] whitespace-pre-wrap rounded-large rounded-ee-small bg-wash px-4 py-2.5 text-body [overflow-wrap:anywhere]">
        {message.content}
      </div>
      <MessageFoot message={message} />
    </article>
  )
}

function AssistantMessage({ message, phase }: MessageRowProps) {
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
      {phase === null && !isEmpty && <MessageFoot message={message} />}
    </article>
  )
}

const StepPart = memo(function StepPart({ step }: { step: StepView }) {
  return (
    <>
      {step.reasoning !== '' && <Reasoning text={step.reasoning} isWriting={step.isWriting && step.text === ''} />}
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

/** The copy button and the time: always there for a finger and the keyboard, for a mouse when it is near. */
function MessageFoot({ message }: { message: MessageView }) {
  return (
    <footer className="flex min-h-7 flex-wrap items-center gap-x-2 text-note text-soft opacity-0 transition-opacity focus-within:opacity-100 group-hover:opacity-100 touch:opacity-100">
      <CopyButton text={message.content} label={words.chat.copyMessage} words={words.chat} />
      <time dateTime={new Date(message.createdAt).toISOString()} title={formatFullTime(message.createdAt)}>
        {formatClock(message.createdAt)}
      </time>
      {message.usage !== null && <UsageText usage={message.usage} />}
    </footer>
  )
}

function UsageText({ usage }: { usage: TurnUsage }) {
  const { output_tokens: tokens, tokens_per_second: rate } = usage
  const parts = [
    tokens === null ? '' : words.message.tokens(tokens),
    rate === null ? '' : words.message.tokensPerSecond(rate),
  ]
  return <span>{parts.filter((part) => part !== '').join(' · ')}</span>
}
