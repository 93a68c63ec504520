import { createStore, del, get, keys, set, type UseStore } from 'idb-keyval'
import { z } from 'zod'
import { randomId } from './random-id.ts'

/*
 * Images beside a box, kept for a page that is loaded again. Each tab has a record of its own for each box, so that two tabs never
 * write over each other. What a tab has left behind that is closed now goes to the next tab that opens the same box: a tab
 * that is open holds a lock, by which the others know.
 */
export interface TrayStorage {
  /** What this tab has kept for this box, or a closed one. Throws where the browser keeps nothing. */
  readonly read: (box: string) => Promise<readonly File[]>
  /** Throws where the browser keeps nothing, or has no room. */
  readonly write: (box: string, files: readonly File[]) => Promise<void>
}

/** So many trays of closed tabs are kept, each of at most four images. The oldest go. */
const MAX_LEFT_TRAYS = 8

const TAB_KEY = 'conch.tray'

const traySchema = z.object({ at: z.number(), files: z.array(z.instanceof(File)) })
type Tray = z.infer<typeof traySchema>

interface TrayStorageOptions {
  /** Lives as long as the tab does. */
  readonly tab: Pick<Storage, 'getItem' | 'setItem'>
  /** Not there on plain http from another machine: then a reload is all that is kept for. */
  readonly locks: LockManager | undefined
  readonly now: () => number
}

export function createTrayStorage({ tab, locks, now }: TrayStorageOptions): TrayStorage {
  const store = createStore('conch-trays', 'trays')
  const claimed = claimName(tab, locks)

  /** Names of the records of `box`, or of all, that no open tab has. */
  async function left(box = ''): Promise<readonly string[]> {
    if (locks === undefined) return []
    const open = new Set((await locks.query()).held?.map(({ name }) => name))
    const names = await keys<string>(store)
    return names.filter((name) => name.startsWith(box) && !open.has(ownerOf(name)))
  }

  async function forgetOldest(): Promise<void> {
    const all = await Promise.all((await left()).map(async (name) => ({ name, at: (await readTray(store, name)).at })))
    const oldestFirst = all.sort((one, other) => one.at - other.at)
    for (const { name } of oldestFirst.slice(0, -MAX_LEFT_TRAYS)) await del(name, store)
  }

  return {
    read: async (box) => {
      const own = await readTray(store, nameOf(box, await claimed))
      if (own.files.length > 0) return own.files
      for (const name of await left(`${box} `)) {
        const { files } = await readTray(store, name)
        await set(nameOf(box, await claimed), { at: now(), files }, store)
        await del(name, store)
        if (files.length > 0) return files
      }
      return []
    },
    write: async (box, files) => {
      const name = nameOf(box, await claimed)
      if (files.length === 0) return await del(name, store)
      await set(name, { at: now(), files }, store)
      await forgetOldest()
    },
  }
}

async function readTray(store: UseStore, name: string): Promise<Tray> {
  const tray = traySchema.safeParse(await get(name, store))
  return tray.success ? tray.data : { at: 0, files: [] }
}

function nameOf(box: string, owner: string): string {
  return `${box} ${owner}`
}

function ownerOf(name: string): string {
  return name.slice(name.lastIndexOf(' ') + 1)
}

/** The name that this tab had before it was loaded again; a new one where it has none, or is the copy of a tab that is open. */
async function claimName(tab: TrayStorageOptions['tab'], locks: LockManager | undefined): Promise<string> {
  const known = tab.getItem(TAB_KEY)
  if (known !== null && (locks === undefined || (await hold(locks, known)))) return known
  const name = `conch-tray-${randomId()}`
  tab.setItem(TAB_KEY, name)
  if (locks !== undefined) await hold(locks, name)
  return name
}

/** For as long as the tab is open. False where another one holds it. */
function hold(locks: LockManager, name: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    locks
      .request(name, { ifAvailable: true }, (lock) => {
        resolve(lock !== null)
        return lock === null ? undefined : new Promise<never>(() => undefined)
      })
      .catch(reject)
  })
}
