import type { ImageId } from '../../protocol/image.ts'
import type { OnBusy } from '../../protocol/requests.ts'
import type { TakenImages } from './attachments.ts'
import { type Drafts, joinMessages } from './drafts.ts'

/*
 * What is sent while an earlier send of this tab is under way waits behind it, and goes out in order.
 *
 * The words of a send stand in the box until the server has them. Once a second one waits, the box is free for what comes
 * next and the drafts hold the words of both: a refusal, or a tab that dies, brings all of them back in their order.
 */

export interface Send {
  readonly message: string
  readonly images: readonly ImageId[]
  readonly onBusy: OnBusy
}

/** A send whose images the server may not have yet. */
export interface SendInLine extends Omit<Send, 'images'> {
  readonly images: TakenImages | null
}

export interface SendLine {
  /** The send that is under way. */
  readonly first: () => SendInLine | undefined
  /** The messages behind it. */
  readonly waiting: () => readonly string[]
  /** True while the words of the first stand in the box. */
  readonly isInBox: () => boolean
  /**
   * Puts what the box holds beyond the send under way at the end of the line, with the images. False where there is nothing:
   * no words, no images, and none to be set.
   */
  readonly add: (onBusy: OnBusy, images: TakenImages | null, areImagesToCome?: boolean) => boolean
  /** Images that could only be taken after the words of the first were. */
  readonly setImagesOfFirst: (images: TakenImages | null) => void
  /** The server has the first. */
  readonly passFirst: () => void
  /** Nothing more is sent: all words are in the box again, before those that were typed meanwhile. */
  readonly comeBack: () => void
  /** Goes on with the line and the box of another place; that one is empty then. */
  readonly takeOver: (other: SendLine) => void
  /** For `takeOver`: the line gives up what it holds and where its box is. */
  readonly giveUp: () => LineContent
}

interface LineContent {
  readonly key: string
  readonly sends: readonly SendInLine[]
  readonly isInBox: boolean
}

/** `key` names the draft that is the box. */
export function createSendLine(drafts: Drafts, key: string): SendLine {
  let sends: readonly SendInLine[] = []
  let isInBox = false

  function change(next: readonly SendInLine[], inBox: boolean): void {
    sends = next
    isInBox = inBox
    drafts.hold(key, inBox ? [] : next.map(({ message }) => message))
  }

  function add(onBusy: OnBusy, images: TakenImages | null, areImagesToCome = false): boolean {
    const box = drafts.of(key).get()
    const [first] = sends
    const message = wordsBeyond(first === undefined ? null : { ...first, isInBox }, box).trimEnd()
    if (message.trim() === '' && images === null && !areImagesToCome) return false
    // Beside the turn of one's own last message one does not hold on to "not if somebody speaks".
    const isBehind = first !== undefined
    change([...sends, { message, images, onBusy: isBehind && onBusy === 'reject' ? 'queue' : onBusy }], !isBehind)
    if (isBehind) drafts.set(key, '')
    return true
  }

  function comeBack(): void {
    const away = isInBox ? [] : sends.map(({ message }) => message)
    const box = drafts.of(key).get()
    change([], false)
    if (away.length > 0) drafts.set(key, joinMessages([...away, box]))
  }

  return {
    first: () => sends[0],
    waiting: () => sends.slice(1).map(({ message }) => message),
    isInBox: () => isInBox,
    add,
    setImagesOfFirst: (images) => {
      const [first, ...rest] = sends
      if (first !== undefined) sends = [{ ...first, images }, ...rest]
    },
    passFirst: () => {
      const [first, ...rest] = sends
      if (first !== undefined && isInBox) drafts.removeSent(key, first.message)
      change(rest, false)
    },
    comeBack,
    takeOver: (other) => {
      const content = other.giveUp()
      drafts.move(content.key, key)
      change(content.sends, content.isInBox)
    },
    giveUp: () => {
      const content = { key, sends, isInBox }
      change([], false)
      return content
    },
  }
}

interface UnderWay {
  readonly message: string
  /** True while its words stand in the box. */
  readonly isInBox: boolean
}

/** What a box holds beside the words of the send that is under way. */
export function wordsBeyond(underWay: UnderWay | null, box: string): string {
  if (underWay === null || !underWay.isInBox || !box.startsWith(underWay.message)) return box
  return box.slice(underWay.message.length).trimStart()
}
