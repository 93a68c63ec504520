import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Edit, MISTAKES } from './mistakes.ts'

/**
 * Preloaded by `node --import`, in a process that shall run with a planted mistake: `PROOF_PLANTED=M2` names it. Source files
 * are changed as they are loaded, in threads too; nothing on the disk changes.
 */

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** The edit could not be made: the source has moved on and the mistake must be written anew. */
export class CannotPlantError extends Error {
  override readonly name = 'CannotPlantError'
}

/** `source` with every edit made. Throws `CannotPlantError`. */
export function plant(source: string, edits: readonly Edit[]): string {
  return edits.reduce((text, edit) => {
    const found = text.split(edit.text).length - 1
    if (found !== 1) throw new CannotPlantError(`${edit.file} has ${found} times, not once: ${edit.text}`)
    return text.replace(edit.text, () => edit.instead)
  }, source)
}

const number = process.env.PROOF_PLANTED
if (number !== undefined) {
  const mistake = MISTAKES.find((one) => one.number === number)
  if (!mistake) throw new CannotPlantError(`there is no mistake ${number}`)
  registerHooks({
    load(url, context, nextLoad) {
      const edits = url.startsWith('file:') ? mistake.edits.filter(({ file }) => file === pathOf(url)) : []
      if (edits.length === 0) return nextLoad(url, context)
      const source = plant(readFileSync(fileURLToPath(url), 'utf8'), edits)
      return { format: 'module-typescript', source, shortCircuit: true }
    },
  })
}

function pathOf(url: string): string {
  return relative(ROOT, fileURLToPath(url)).replaceAll('\\', '/')
}
