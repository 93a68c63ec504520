// Finds the Chromium that the browser tests drive, or installs Debian's where that is possible.
import { existsSync } from 'node:fs'
import { run, StepFailed, say } from './run.mjs'

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
]

const INSTALL = 'apt-get update && apt-get install -y --no-install-recommends chromium fonts-liberation'

/** Path of a Chromium, or null. Rejects with `StepFailed` when `CONCH_CHROMIUM` names a file that is not there. */
export function findChromium() {
  const chosen = process.env.CONCH_CHROMIUM
  if (!chosen) return PLACES.find((path) => existsSync(path)) ?? null
  if (existsSync(chosen)) return chosen
  throw new StepFailed(`CONCH_CHROMIUM names ${chosen}, and there is no such file.`)
}

/** Path of a Chromium, installed if need be. Rejects with `StepFailed` where a person has to do that. */
export async function ensureChromium() {
  const found = findChromium()
  if (found) return found
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) {
    throw new StepFailed(
      'The browser tests need Chromium and found none. Install it, for example on Debian or Ubuntu:\n' +
        '  sudo apt-get install -y --no-install-recommends chromium fonts-liberation\n' +
        'or set CONCH_CHROMIUM to the path of a Chromium or Chrome.',
    )
  }
  say('Installing Chromium for the browser tests (once) …')
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const { code, output } = await run('/bin/sh', ['-c', INSTALL], { env, capture: true })
  const installed = findChromium()
  if (code === 0 && installed) return installed
  throw new StepFailed(`${output.trim()}\nChromium could not be installed. The command was:\n  ${INSTALL}`, code || 1)
}
