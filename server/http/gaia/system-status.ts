import { cpus, freemem } from 'node:os'
import type { ModelServerState } from '../../../protocol/model-server.ts'
import type { ModelChoice } from '../../../protocol/models.ts'
import type { ModelChooser } from '../../settings/model-chooser.ts'
import type { ModelLoads } from '../../settings/model-loads.ts'
import type { SystemStatus, SystemTask } from './gaia-schemas.ts'

const BYTES_PER_GB = 1024 ** 3
/** Below it GAIA's clients warn. */
const SUFFICIENT_CONTEXT = 32_768

/** Something answers there, whatever it can do. */
const RUNNING: readonly ModelServerState[] = ['found', 'busy', 'loading', 'no_model', 'needs_key']

const PROCESSOR_NAME = cpus()[0]?.model ?? null

export interface SystemFacts {
  readonly models: ModelChooser
  readonly loads: ModelLoads
  readonly version: string
  readonly diskSpaceGb: number
}

/**
 * The system as GAIA's clients read it, from what the last look found: nobody is asked now, so that it is told at once while a
 * model server hangs (row 95). What is not known is null; what those clients would warn about without reason is as they want it.
 */
export function describeSystem({ models, loads, version, diskSpaceGb }: SystemFacts): SystemStatus {
  const { choice } = models.describe()
  return {
    ...describeModel(models, choice),
    embedding_model_loaded: false,
    disk_space_gb: diskSpaceGb,
    memory_available_gb: inGb(freemem()),
    initialized: true,
    version,
    lemonade_version: null,
    model_device: null,
    model_labels: null,
    gpu_name: null,
    gpu_vram_gb: null,
    tokens_per_second: null,
    time_to_first_token: null,
    processor_name: PROCESSOR_NAME,
    device_supported: true,
    default_model_size_gb: null,
    download_progress: describeDownload(loads),
    init_state: initState(models, choice),
    init_tasks: describeTasks(models).map(({ name, status }) => ({ name, status })),
    detected_devices: ['cpu'],
    active_profile: 'chat',
    practice_model: choice.practice,
  }
}

function describeModel(models: ModelChooser, choice: ModelChoice) {
  const { server } = models
  const listed = server?.models.find(({ name }) => name === choice.model)
  const isListing = server !== undefined && server.models.length > 0
  const contextSize = server?.context_size ?? choice.capabilities?.context_size ?? null
  const isRunning = choice.state === null || RUNNING.includes(choice.state)
  return {
    lemonade_running: !choice.practice && isRunning,
    model_loaded: listed?.loaded === false || !isRunning ? null : (choice.model ?? models.model.name),
    start_instruction: choice.next_step?.text ?? null,
    start_command: choice.next_step?.command ?? null,
    model_size_gb: listed?.size_bytes ? inGb(listed.size_bytes) : null,
    model_context_size: contextSize,
    context_size_sufficient: contextSize === null || contextSize >= SUFFICIENT_CONTEXT,
    model_downloaded: isListing ? listed !== undefined : null,
    default_model_name: choice.model ?? models.model.name,
    lemonade_url: choice.base_url === null ? '' : new URL(choice.base_url).origin,
    expected_model_loaded: !isListing || listed !== undefined,
  }
}

function describeDownload({ lastDownload }: ModelLoads): SystemStatus['download_progress'] {
  if (!lastDownload) return null
  const { state, model, progress, message } = lastDownload
  return {
    state,
    model_name: model,
    percent: state === 'complete' ? 100 : (progress?.percent ?? 0),
    file: progress?.file ?? '',
    file_index: progress?.fileIndex ?? 0,
    total_files: progress?.totalFiles ?? 0,
    downloaded_bytes: progress?.downloadedBytes ?? 0,
    total_bytes: progress?.totalBytes ?? 0,
    message,
  }
}

function initState(models: ModelChooser, choice: ModelChoice): SystemStatus['init_state'] {
  if (isLooking(models, choice) || choice.state === 'loading') return 'initializing'
  return choice.practice || choice.state === 'found' || choice.state === 'busy' ? 'ready' : 'degraded'
}

/** The first look is not through, and what it finds may change what is told. */
function isLooking(models: ModelChooser, choice: ModelChoice): boolean {
  if (choice.practice) return choice.chosen_by === 'nobody' && models.describe().probed_at === null
  return choice.state === null
}

/** What GAIA's clients show while the server starts. */
export function describeTasks(models: ModelChooser): SystemTask[] {
  const { choice } = models.describe()
  const isFirstLook = isLooking(models, choice)
  const isRunning = choice.practice || (choice.state !== null && RUNNING.includes(choice.state))
  const hasModel = choice.practice || choice.state === 'found' || choice.state === 'busy'
  const serverStatus = isFirstLook ? 'running' : isRunning ? 'done' : 'failed'
  const modelStatus = isFirstLook ? 'pending' : choice.state === 'loading' ? 'running' : hasModel ? 'done' : 'failed'
  return [
    { id: 'llm_server', name: 'Checking LLM server', status: serverStatus, error: null },
    { id: 'ml_libraries', name: 'Loading ML libraries', status: 'done', error: null },
    { id: 'ai_model', name: 'Loading AI model', status: modelStatus, error: null },
  ]
}

export function inGb(bytes: number): number {
  return Math.round((bytes / BYTES_PER_GB) * 10) / 10
}
