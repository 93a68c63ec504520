import type { ModelServer } from '../../../protocol/model-server.ts'

type Kind = ModelServer['kind']

/** What to do about a model server that does not stand as it should; the command stands below it. */
export function adviseOn(server: Pick<ModelServer, 'kind' | 'name' | 'state' | 'address' | 'base_url'>): string {
  const { kind, address } = server
  const name = kind === 'other' ? 'der Modellserver' : server.name
  const isKnown = server.base_url !== null
  switch (isKnown || server.state === 'refused' || server.state === 'timed_out' ? server.state : 'unrecognised') {
    case 'found':
      return 'Bereit. Wähle hier, oder starte Conch damit.'
    case 'busy':
      return `Unter ${address} wird gerade jemand anderem geantwortet. Du kannst den Server benutzen: Deine Nachricht stellt sich dort an.`
    case 'loading':
      return `Unter ${address} wird ein Modell geladen. Einen Moment: Es geht von selbst weiter, sobald es bereit ist.`
    case 'no_model':
      return `Unter ${address} gibt es kein Modell, mit dem man reden kann. ${ADD_MODEL[kind]}`
    case 'needs_key':
      return `Unter ${address} wird ein API-Schlüssel verlangt, oder ein anderer als der, der vorliegt. Gib ihn ein. ${KEY[kind]}`
    case 'timed_out':
      return `Unter ${address} kam nicht rechtzeitig eine Antwort. Wenn dort ${name} läuft, sieh ins Protokoll, und starte neu, falls es hängt.`
    case 'refused':
      return `Unter ${address} antwortet nichts. ${START[kind]}`
    case 'unrecognised':
      return isKnown
        ? `Unter ${address} kam eine Antwort, die nicht zu verstehen ist. Sieh ins Protokoll, oder bring ${name === 'der Modellserver' ? 'den Server' : name} auf den neuesten Stand.`
        : `Was unter ${address} antwortet, ist nicht ${name}. Läuft ${name} anderswo, gib die Adresse ein.`
  }
}

const START: Readonly<Record<Kind, string>> = {
  lemonade: 'Öffne die Lemonade-App, oder starte ihren Server.',
  ollama: 'Öffne die Ollama-App, oder starte ihren Server.',
  lm_studio: 'Starte den Server auf der Seite „Developer“ von LM Studio, oder hier.',
  llama_cpp: 'Starte llama-server mit einem Modell.',
  vllm: 'Starte vLLM mit einem Modell.',
  koboldcpp: 'Starte KoboldCpp mit einer deiner Modelldateien statt MODEL.gguf.',
  docker_model_runner: 'Schalte den Docker Model Runner in Docker Desktop ein, mit „host-side TCP support“, oder hier.',
  other: 'Starte dort den Modellserver, oder wähle einen anderen.',
}

const ADD_MODEL: Readonly<Record<Kind, string>> = {
  lemonade: 'Lade eines in der Lemonade-App herunter, oder hier.',
  ollama: 'Lade eines herunter.',
  lm_studio: 'Lade eines in LM Studio herunter, oder hier.',
  llama_cpp: START.llama_cpp,
  vllm: START.vllm,
  koboldcpp: START.koboldcpp,
  docker_model_runner: 'Lade eines herunter.',
  other: 'Lade dort eines.',
}

const KEY: Readonly<Record<Kind, string>> = {
  lemonade: 'Er ist, worauf LEMONADE_API_KEY beim Start von Lemonade gesetzt war.',
  ollama: 'Ollama selbst hat keinen: Er gehört zu dem, was davorsteht.',
  lm_studio: 'LM Studio macht einen auf seiner Seite „Developer“, unter „Server Settings“.',
  llama_cpp: 'Er ist, womit llama-server als --api-key gestartet wurde.',
  vllm: 'Er ist, womit vLLM als --api-key gestartet wurde, oder VLLM_API_KEY.',
  koboldcpp: 'Er ist, womit KoboldCpp als --password gestartet wurde.',
  docker_model_runner: 'Der Docker Model Runner selbst hat keinen: Er gehört zu dem, was davorsteht.',
  other: 'Wer diesen Server betreibt, kennt ihn.',
}
