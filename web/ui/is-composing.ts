/**
 * True for a key that belongs to an input method: it chooses or confirms what is being written, in Japanese for one. In Safari the
 * key that confirms comes after the end of the composition (WebKit bug 165004); only `keyCode`, deprecated as it is, tells it then.
 */
export function isComposing(event: Pick<KeyboardEvent, 'isComposing' | 'keyCode'>): boolean {
  return event.isComposing || event.keyCode === 229
}
