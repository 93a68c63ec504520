import type { Capability, ModelServer, ModelServerState } from '../../../protocol/model-server.ts'
import type { ChosenBy } from '../../../protocol/models.ts'
import { count, number } from './phrasing.ts'

/** A model server that does not stand as it should. */
type AdvisedServer = Pick<ModelServer, 'kind' | 'name' | 'state' | 'address' | 'base_url' | 'next_step'>

/** Words for model servers and their models; part of `english.ts`. */
export const modelWords = {
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
    contextSize: (tokens: number) => `Remembers about ${count(tokens, 'token', 'tokens')} at once.`,
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
    noneThere: (kinds: number) =>
      `Conch knows ${count(kinds, 'kind', 'kinds')} of model server and has looked for each`,
    absent: (kinds: number) => count(kinds, 'more was looked for', 'more were looked for'),
    modelsOf: (server: string) => `Models of ${server}`,
    use: 'Use',
    takeModel: (model: string) => `Use ${model}`,
    answersNow: 'Answers now',
    inMemory: 'in memory',
    remote: 'runs elsewhere: what you write leaves this machine',
    size: (gigabytes: number) => `${number(gigabytes, 1)} GB`,
    more: (models: number) => `Show ${number(models)} more`,
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
    /** The server says these two in English: what to do next, and what is wrong with what was entered. */
    advice: ({ next_step }: AdvisedServer) => next_step.text,
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
} as const
