/**
 * The text of one token: a space, its number within its stream, and when the model wrote it. All tokens have the same
 * length, so that a reader can take them apart again where the server has joined several into one delta.
 */
export const TOKEN_LENGTH = 12

const NUMBER_DIGITS = 4
const STAMP_DIGITS = 7
const RADIX = 36
/** Stamps begin again after this many microseconds, 21 hours: far more than any token is under way. */
const STAMP_RANGE = RADIX ** STAMP_DIGITS

export function tokenText(number: number, atUs: number): string {
  const stamp = Math.floor(atUs) % STAMP_RANGE
  return ` ${digits(number, NUMBER_DIGITS)}${digits(stamp, STAMP_DIGITS)}`
}

function digits(value: number, count: number): string {
  return value.toString(RADIX).padStart(count, '0')
}

/** Checks that a stream's tokens arrive once and in order, and how long each was under way. */
export class TokenReader {
  /** Tokens that arrived in order so far. */
  count = 0
  /** Pieces that were not the token that had to come next. */
  wrong = 0
  readonly #onToken: (underWayUs: number) => void

  constructor(onToken: (underWayUs: number) => void) {
    this.#onToken = onToken
  }

  read(text: string, nowUs: number): void {
    for (let start = 0; start < text.length; start += TOKEN_LENGTH) {
      const number = Number.parseInt(text.slice(start + 1, start + 1 + NUMBER_DIGITS), RADIX)
      const stamp = Number.parseInt(text.slice(start + 1 + NUMBER_DIGITS, start + TOKEN_LENGTH), RADIX)
      if (number !== this.count || start + TOKEN_LENGTH > text.length) {
        this.wrong += 1
        continue
      }
      this.count += 1
      this.#onToken((((nowUs - stamp) % STAMP_RANGE) + STAMP_RANGE) % STAMP_RANGE)
    }
  }
}
