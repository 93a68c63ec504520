/**
 * The places at the model: so many turns use it at once, the others wait in the order they came, and a full line takes
 * nobody (DESIGN: `--slots`, `--max-waiting`).
 */
export class SlotLine {
  readonly #slots: number
  readonly #maxWaiting: number
  #used = 0
  #waiting: SlotPlace[] = []

  constructor(limits: { readonly slots: number; readonly maxWaiting: number }) {
    this.#slots = limits.slots
    this.#maxWaiting = limits.maxWaiting
  }

  /** Takes a place, with its slot where one is free; undefined when the line is full. The place must be released. */
  take(): SlotPlace | undefined {
    const isFull = this.#used >= this.#slots && this.#waiting.length >= this.#maxWaiting
    return isFull ? undefined : this.readmit()
  }

  /** A place for a turn that was admitted before its server died: it is given one however long the line is. */
  readmit(): SlotPlace {
    const place = new SlotPlace(this)
    if (this.#used < this.#slots) {
      this.#used += 1
      place.grant()
    } else {
      this.#waiting.push(place)
    }
    return place
  }

  /** How many stand before `place`; 0 for the next one and for those who have a slot. */
  aheadOf(place: SlotPlace): number {
    return Math.max(0, this.#waiting.indexOf(place))
  }

  /** True where `take` would answer nothing. */
  get isFull(): boolean {
    return this.#used >= this.#slots && this.#waiting.length >= this.#maxWaiting
  }

  get used(): number {
    return this.#used
  }

  get waiting(): number {
    return this.#waiting.length
  }

  leave(place: SlotPlace): void {
    if (!place.hasSlot) {
      this.#waiting = this.#waiting.filter((other) => other !== place)
      return
    }
    const next = this.#waiting.shift()
    if (next) next.grant()
    else this.#used -= 1
  }
}

/** One turn's place in the line. */
export class SlotPlace {
  readonly #line: SlotLine
  readonly #granted = Promise.withResolvers<void>()
  #state: 'waiting' | 'slot' | 'released' = 'waiting'

  constructor(line: SlotLine) {
    this.#line = line
  }

  get hasSlot(): boolean {
    return this.#state === 'slot'
  }

  get turnsAhead(): number {
    return this.#line.aheadOf(this)
  }

  /** Resolves when the slot is ours. Rejects with `signal.reason` when it aborts first; the place must still be released. */
  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted()
    const aborted = Promise.withResolvers<never>()
    const onAbort = () => aborted.reject(signal.reason)
    signal.addEventListener('abort', onAbort)
    try {
      await Promise.race([this.#granted.promise, aborted.promise])
    } finally {
      signal.removeEventListener('abort', onAbort)
    }
  }

  /** Called by the line alone. */
  grant(): void {
    this.#state = 'slot'
    this.#granted.resolve()
  }

  /** Gives the slot, or the place in the line, back. A second call does nothing. */
  release(): void {
    if (this.#state === 'released') return
    this.#line.leave(this)
    this.#state = 'released'
  }
}
