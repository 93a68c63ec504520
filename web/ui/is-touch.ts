/** There is a keyboard on the screen: what has the focus calls it up, and Enter is a new line. */
export function isTouch(): boolean {
  return matchMedia('(pointer: coarse)').matches
}
