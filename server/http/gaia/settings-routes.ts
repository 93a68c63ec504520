import type { ModelChooser } from '../../settings/model-chooser.ts'
import type { SettingValues, WantedModel } from '../../settings/settings.ts'
import type { ConchServer, HttpParts } from '../http-parts.ts'
import { type Refusal, sendDetail } from './gaia-errors.ts'
import {
  type ChangeSettingsBody,
  changeSettingsBodySchema,
  type GaiaSettings,
  gaiaSettingsSchema,
} from './gaia-schemas.ts'

const NOT_AUTONOMOUS: Refusal = {
  status: 400,
  detail: "agent_mode 'autonomous' is not implemented yet; use 'goal_driven' (see #2005)",
}
const UNKNOWN_MODE: Refusal = { status: 400, detail: "agent_mode must be one of: ['goal_driven', 'manual']" }

/** The settings that GAIA's clients know. What the model is, they call a custom model; null where nobody chose one. */
export function settingsRoutes(server: ConchServer, { settings, models }: HttpParts): void {
  server.get('/api/settings', { schema: { response: { 200: gaiaSettingsSchema } } }, async () =>
    describeSettings(settings.values, models),
  )

  server.put(
    '/api/settings',
    { schema: { body: changeSettingsBodySchema, response: { 200: gaiaSettingsSchema } } },
    async (request, reply) => {
      const { body } = request
      const refusal = refuseMode(body.agent_mode)
      if (refusal) return sendDetail(reply, refusal)
      await settings.change(changesOf(body))
      if (typeof body.custom_model === 'string') await models.want(wantedOf(body.custom_model, models))
      return describeSettings(settings.values, models)
    },
  )
}

function refuseMode(mode: string | null | undefined): Refusal | undefined {
  if (mode === 'autonomous') return NOT_AUTONOMOUS
  return mode === null || mode === undefined || isMode(mode) ? undefined : UNKNOWN_MODE
}

function isMode(mode: string): mode is SettingValues['agentMode'] {
  return mode === 'manual' || mode === 'goal_driven'
}

/** Null resets the context size, and changes nothing else. */
function changesOf(body: ChangeSettingsBody): Partial<SettingValues> {
  return {
    ...(body.context_size !== undefined && { contextSize: body.context_size }),
    ...(typeof body.agent_mode === 'string' && isMode(body.agent_mode) && { agentMode: body.agent_mode }),
    ...(typeof body.dynamic_tools === 'boolean' && { dynamicTools: body.dynamic_tools }),
  }
}

/** A name alone: at the server that is in use, else wherever it is found. */
function wantedOf(name: string, { source }: ModelChooser): WantedModel | null {
  if (name === '') return null
  return source.kind === 'endpoint'
    ? { kind: 'endpoint', baseUrl: source.baseUrl, model: name }
    : { kind: 'model', model: name }
}

function describeSettings(values: Readonly<SettingValues>, models: ModelChooser): GaiaSettings {
  const name = values.model && values.model.kind !== 'practice' ? values.model.model : null
  return {
    custom_model: name,
    model_status: name === null ? null : statusOf(name, models),
    context_size: values.contextSize,
    agent_mode: values.agentMode,
    dynamic_tools: values.dynamicTools,
    dynamic_tools_locked: false,
  }
}

/** As the servers told it at the last look; null before that. */
function statusOf(name: string, models: ModelChooser): GaiaSettings['model_status'] {
  const { servers, probed_at } = models.describe()
  if (probed_at === null) return null
  const listed = servers.flatMap((server) => server.models).filter((model) => model.name === name)
  const isFound = listed.length > 0
  return { found: isFound, downloaded: isFound, loaded: listed.some(({ loaded }) => loaded === true) }
}
