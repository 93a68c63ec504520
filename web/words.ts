import type { Capability, ModelServerState } from '../protocol/model-server.ts'
import type { ChosenBy } from '../protocol/models.ts'
import type { FailureReason, InterruptionReason, TurnPhase } from '../protocol/turn.ts'
import type { ToolCallState } from './client/session-view.ts'
import type { HeldTurn } from './client/turn-holder.ts'
import type { RefusalReason } from './client/turn-sender.ts'
import { commandWords } from './command-words.ts'
import { conversationWords } from './conversation-words.ts'
import { findingWords } from './finding-words.ts'
import { queueWords } from './queue-words.ts'
import { settingsWords } from './settings-words.ts'

/** Every English word on the screen, in one place. Plain and kind; never a code, never a number nobody asked for. */
export const words = {
  appName: 'Conch',

  start: {
    heading: 'Whoever holds the conch may speak.',
    lead: 'Ask something. The answer comes from a model on your own machine, and stays there.',
    placeholder: 'Ask anything',
    creating: 'Opening a session…',
    failed: 'The session could not be opened. Your text is still here; try again in a moment.',
  },

  sessions: {
    heading: 'Sessions',
    create: 'New session',
    untitled: 'Untitled session',
    open: 'Show sessions',
    close: 'Close',
    running: 'answering',
    actionsFor: (title: string) => `Actions for ${title}`,
    rename: 'Rename',
    renameLabel: 'Title of the session',
    renameFailed: 'The title could not be saved. Try again in a moment.',
    delete: 'Delete…',
    more: (hidden: number) => `Show ${hidden} more`,
    today: 'Today',
    yesterday: 'Yesterday',
    earlier: 'Earlier',
    loading: 'Loading sessions',
    unavailable: 'The sessions could not be loaded. Trying again…',
    empty: 'Nothing here yet. Your sessions will be listed in this place.',
  },

  deleteDialog: {
    title: 'Delete this session?',
    body: (title: string) => `“${title}” and everything said in it will be gone. This cannot be undone.`,
    bodyWhileRunning: 'An answer is being written in it now; that stops as well.',
    confirm: 'Delete session',
    deleting: 'Deleting…',
    cancel: 'Keep it',
    failed: 'It could not be deleted. Try again in a moment.',
  },

  settings: {
    open: 'Settings',
    heading: 'Settings',
    model: 'Model',
    modelLead: 'Conch answers with a model that runs on your machine, or with one whose address you give it.',
    appearance: 'Appearance',
    about: 'About',
    version: (version: string) => `Conch ${version}`,
    privacy: 'Your sessions stay on this machine. What you write goes to the model that answers, and nowhere else.',
  },

  firstRun: {
    heading: 'No model is running here yet',
    lead: 'Conch needs a program that runs a model. Start one of these and this page goes on by itself.',
    practice: 'Look around with the practice model',
    waiting: 'Conch keeps looking. Nothing needs to be restarted.',
  },

  models: {
    loading: 'Asking which models there are…',
    states: {
      found: 'Ready',
      busy: 'Busy',
      loading: 'Loading a model',
      needs_key: 'Needs a key',
      no_model: 'Has no model',
      timed_out: 'Does not answer',
      unrecognised: 'Something else',
      refused: 'Not running',
    } satisfies Record<ModelServerState, string>,
    chosenBy: {
      command_line: '· set when Conch was started; start it without --model and --model-url to choose here',
      person: '· chosen here',
      conch: '· found by Conch',
      nobody: '· because no other was found',
    } satisfies Record<ChosenBy, string>,
    practiceIs: 'Built in, knows nothing',
    firstModel: 'The server’s first model',
    contextSize: (tokens: number) => `Remembers about ${tokens.toLocaleString('en')} tokens at once.`,
    tools: { yes: 'Can use tools.', no: 'Cannot use tools.' },
    contextUnknown: 'Its server does not say how much it can remember at once.',
    continues: {
      yes: 'Goes on where a crash broke it off.',
      no: 'Begins its answer anew after a crash.',
      unknown: 'Not known yet: whether it can go on where a crash broke it off.',
    } satisfies Record<Capability, string>,
    progress: {
      yes: 'Tells how much it has read before it answers.',
      no: 'Does not tell how much it has read before it answers.',
      unknown: 'Not known yet: whether it tells how much it has read before it answers.',
    } satisfies Record<Capability, string>,
    tryOut: 'Try it',
    trying: 'Trying…',
    tryOutHint: 'The model writes a few words for that, which nobody sees.',
    lookAgain: 'Look again',
    looking: 'Looking…',
    automatic: 'Let Conch choose',
    usePractice: 'Use the practice model',
    thereLabel: 'Model servers that were found',
    absentLabel: 'Model servers that are not running',
    noneThere: (count: number) => `Conch knows ${count} kinds of model server and has looked for each`,
    absent: (count: number) => (count === 1 ? 'One more was looked for' : `${count} more were looked for`),
    modelsOf: (server: string) => `Models of ${server}`,
    use: 'Use',
    takeModel: (model: string) => `Use ${model}`,
    answersNow: 'Answers now',
    inMemory: 'in memory',
    remote: 'runs elsewhere: what you write leaves this machine',
    size: (gigabytes: number) => `${gigabytes.toFixed(1)} GB`,
    more: (count: number) => `Show ${count} more`,
    copyCommand: 'Copy command',
    address: 'Another address',
    addressHint: 'Any server that speaks OpenAI’s API, on this machine, in your network or elsewhere.',
    useAddress: 'Use this address',
    key: 'API key',
    keyHint: (host: string) => `Kept encrypted on this machine and sent to ${host} only.`,
    keyKept: 'A key is kept',
    keepKey: 'Keep key',
    forgetKey: 'Forget it',
    notSaved: 'It could not be saved. Try again in a moment.',
    wrongField: (message: string) => `This ${message}.`,
    lineLabel: 'About the model',
    lineAction: 'Models',
    line: {
      found: (model: string) => `${model} is ready.`,
      busy: (model: string) => `${model} is answering somebody else. Your message waits its turn there.`,
      loading: (model: string) => `${model} is being loaded. Messages are answered once it is ready.`,
      needs_key: () => 'The model’s server wants an API key.',
      no_model: () => 'The model’s server has no model to talk to.',
      timed_out: () => 'The model’s server has stopped answering.',
      unrecognised: () => 'What answers at the model’s address cannot be understood.',
      refused: () => 'The model’s server is not running. Messages fail until it is.',
    } satisfies Record<ModelServerState, (model: string) => string>,
  },

  ...settingsWords,
  ...commandWords,

  theme: { heading: 'Theme', system: 'As the system', light: 'Light', dark: 'Dark' },

  chat: {
    transcriptLabel: 'Conversation',
    loading: 'Opening the session',
    unavailableTitle: 'This session could not be loaded',
    unavailableBody: 'The server did not answer. It is being asked again; nothing is lost.',
    missingTitle: 'This session does not exist any more',
    missingBody: 'It was deleted, perhaps in another tab.',
    missingAction: 'Start a new one',
    missingActionWithDraft: 'Take your text to a new one',
    emptyTitle: 'Nothing has been said yet',
    emptyBody: 'Write below to begin.',
    loadEarlier: 'Load earlier messages',
    loadingEarlier: 'Loading…',
    loadEarlierFailed: 'Could not be loaded. Try again',
    jumpToLatest: 'Jump to latest',
    you: 'You said',
    answer: 'Answer',
    copy: 'Copy',
    copied: 'Copied',
    copyMessage: 'Copy message',
    copyFailed: 'Not copied',
    reconnecting: 'Reconnecting… You can keep writing.',
    offline: 'Conch is not answering. You can keep writing; it reconnects by itself.',
  },

  ...conversationWords,
  ...findingWords,

  message: {
    reasoning: 'Reasoning',
    reasoningNow: 'Thinking…',
    thoughtFor: (time: string) => `Thought for ${time}`,
    thoughtBriefly: 'Thought for a moment',
    waiting: 'Waiting for the first word',
    stopped: 'Stopped. What was written is kept.',
    nothingWritten: 'Stopped before the first word.',
    completedEmpty: 'The model had nothing to say.',
    interrupted: {
      restart: 'The server was restarted before the answer was complete. What was written is kept.',
      shutdown: 'The server was shut down before the answer was complete. What was written is kept.',
      truncated: 'The model broke off before the answer was complete. What was written is kept.',
    } satisfies Record<InterruptionReason, string>,
    failed: {
      backend_unreachable: 'The model could not be reached. Is its server running?',
      backend_error: 'The model’s server answered with an error.',
      protocol: 'The model’s server answered in a form that could not be read.',
      slot_wait_timeout: 'The wait for the model took too long. Send it again when it is less busy.',
      first_byte_timeout: 'The model did not begin to answer in time.',
      idle_timeout: 'The model fell silent in the middle of its answer.',
      turn_timeout: 'The answer took longer than is allowed.',
      limit: 'The answer reached its limit of steps or length.',
      tool_protocol: 'The model asked for a tool in a form that could not be read.',
      storage: 'The answer could not be stored. Is the disk full?',
      internal: 'Something went wrong inside Conch.',
    } satisfies Record<FailureReason, string>,
    tokensPerSecond: (rate: number) => `${rate.toFixed(rate < 10 ? 1 : 0)} tokens/s`,
    context: (used: number, size: number) =>
      `The conversation takes ${used.toLocaleString()} of the ${size.toLocaleString()} tokens that the model can keep in mind`,
    tokens: (count: number) => (count === 1 ? '1 token' : `${count} tokens`),
  },

  tool: {
    states: {
      requested: 'requested',
      started: 'running…',
      ok: 'done',
      error: 'failed',
      unknown: 'outcome unknown',
    } satisfies Record<ToolCallState, string>,
    arguments: 'Asked with',
    result: 'Answered',
    noResult: 'No output',
    unknownNote:
      'It was interrupted while it ran: nobody can say whether it took effect. It is not run again by itself.',
  },

  code: { copy: 'Copy code', plain: 'text' },

  image: {
    blocked: 'An image from elsewhere. It is not loaded by itself.',
    unnamed: 'Image without a description',
    open: 'Open image in a new tab',
  },

  composer: {
    label: 'Message',
    placeholder: 'Write a message',
    placeholderBusy: 'Write the next message',
    placeholderQueue: 'Queue a follow-up',
    send: 'Send',
    sendHint: (keys: string) => withKeys('Send', keys),
    queue: 'Queue',
    queueHint: (keys: string, stopKeys: string) =>
      `${withKeys('Send it when this answer is complete', keys)} · ${withKeys('Stop and send', stopKeys)}`,
    stop: 'Stop',
    stopHint: (keys: string) => withKeys('Stop the answer', keys),
    stopping: 'Stopping…',
    sending: 'Sending…',
    sent: 'Sent',
    waiting: 'Waits for the one before it',
    dismiss: 'Dismiss',
    refused: {
      line_full: 'The model’s line is full; try again in a moment. Your text is still here.',
      invalid: 'This message cannot be sent as it is.',
      missing: 'This session does not exist any more. Your text is still here to copy.',
      unavailable: 'Conch cannot take a message right now. Your text is still here; try again in a moment.',
      unreachable: 'Conch did not answer. Your text is still here; sending it again will not say it twice.',
      stale_view: 'Something was said here that this tab had not shown yet. It does now: read on, then send your text.',
      queue_full: 'As many messages wait here as can. Your text is still here; send it when there is room.',
      said_before:
        'What you sent before had arrived after all. The rest of your text is still here: read on, then send it.',
      branch_failed: 'The branch could not be made. Your text is still here.',
      stop_failed: 'Stop did not reach the server. Try again.',
    } satisfies Record<RefusalReason, string>,
  },

  holder: {
    cardLabel: 'Who is speaking',
    who: (turn: HeldTurn, ownLabel: string) => describeHolder(turn, ownLabel),
    own: 'Answering',
    phase: {
      waiting_for_slot: 'waiting for the model',
      running: 'answering',
      awaiting_approval: 'waiting for your approval',
      stopping: 'stopping, keeping what it wrote',
    } satisfies Record<TurnPhase, string>,
    ahead: (count: number) => (count === 0 ? 'next in line' : `${count} ahead in the line`),
    step: (step: number) => `step ${step}`,
    using: 'using',
    since: (time: string) => `since ${time}`,
    kept: 'Your message is still in the box below. Nothing was sent.',
    readyTitle: 'Ready: send your message',
    readyBody: 'The turn before yours has ended.',
    queue: 'Queue my message',
    queueHint: 'Send it by itself when that answer is complete',
    watch: 'Watch live',
    watchHint: 'Follow the answer; your text stays',
    stopAndSend: 'Stop and send',
    stopAndSendHint: 'End that answer, keep what it wrote, send yours',
    branch: 'Branch',
    branchHint: 'Send yours in a copy without the running answer',
    branching: 'Branching…',
    sendNow: 'Send now',
    keys: 'Arrow keys or numbers choose · Esc keeps writing',
  },

  ...queueWords,

  announce: {
    queued: (count: number) => `Queued, ${count} waiting`,
    answering: 'Answering',
    usedTool: (tool: string) => `Used ${tool}`,
    complete: (count: number) => `Answer complete, ${count} ${count === 1 ? 'word' : 'words'}`,
    stopped: 'Stopped',
    failed: 'The answer failed',
    interrupted: 'The answer was interrupted',
    reconnected: 'Reconnected',
    reconnecting: 'Reconnecting',
  },

  practice: {
    label: 'About the practice model',
    title: 'This is the practice model.',
    body: 'It is built in and knows nothing, so that you can try everything here.',
    connect: 'Choose a model',
    hide: 'Hide this note',
    chip: 'Practice model',
  },

  notConnected: {
    title: 'This browser is not connected yet',
    body: 'Conch opens only to browsers that were let in from the machine it runs on. In the folder of Conch, run:',
    command: 'npm start -- link',
    after: 'Then open the link that it prints in this browser. It works once.',
    copy: 'Copy command',
    retry: 'Try again',
  },

  crash: {
    title: 'This screen has stumbled',
    body: 'Nothing is lost: the conversation is stored on the server. Reload to go on.',
    reload: 'Reload',
  },

  partFailure: {
    title: 'This part could not be fetched',
    body: 'Conch did not answer, or it was updated since this page was opened. What you have written is kept.',
    retry: 'Try again',
    reload: 'Reload the page',
  },
}

/** Without the keys where a command has none. */
function withKeys(text: string, keys: string): string {
  return keys === '' ? text : `${text} (${keys})`
}

function describeHolder(turn: HeldTurn, ownLabel: string): string {
  if (turn.isOwn) return 'Your last message is still being answered'
  const label = turn.label.trim()
  switch (turn.kind) {
    case 'browser':
      return label === '' || label === ownLabel ? 'Answering in another tab' : `Answering in ${label}`
    case 'cli':
      return label === '' ? 'Held by the command line' : `Held by the command line (${label})`
    case 'schedule':
      return label === '' ? 'Held by a schedule' : `Held by the schedule “${label}”`
    case 'mcp':
      return label === '' ? 'Held by an MCP client' : `Held by the MCP client ${label}`
    case 'api':
      return label === '' ? 'Held by a program' : `Held by the program ${label}`
  }
}
