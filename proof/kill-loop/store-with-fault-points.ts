import { SqliteStore as RealStore } from '../../server/store/sqlite/sqlite-store.ts'
import { passFaultPoint } from './fault-points.ts'

type Listener = Parameters<RealStore['turns']['onCommitted']>[0]

/** The real store with fault points around every write. Stands in its place in the server of the kill loop. */
export const SqliteStore = {
  async open(options: Parameters<typeof RealStore.open>[0]): Promise<RealStore> {
    const store = await RealStore.open(options)
    const turns = withFaultPoints(store.turns)
    const sessions = withFaultPoints(store.sessions)
    return new Proxy(store, {
      get(target, name) {
        if (name === 'turns') return turns
        if (name === 'sessions') return sessions
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  },
}

function withFaultPoints<Store extends object>(store: Store): Store {
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== 'function' || typeof name !== 'string') return value
      if (name === 'onCommitted') return (listener: Listener) => value.call(target, announced(listener))
      return (...args: unknown[]) => aroundCall(name, () => value.apply(target, args))
    },
  })
}

async function aroundCall(name: string, call: () => unknown): Promise<unknown> {
  passFaultPoint(`${name}.before`)
  const result = call()
  // Two turns of the loop later the batch has gone to the writer's thread, which may or may not have committed it.
  setImmediate(() => setImmediate(() => passFaultPoint(`${name}.during`)))
  const value = await result
  passFaultPoint(`${name}.after`)
  return value
}

function announced(listener: Listener): Listener {
  return (sessionId, entries) => {
    passFaultPoint('delivery.before')
    listener(sessionId, entries)
    passFaultPoint('delivery.after')
  }
}
