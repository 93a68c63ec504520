/** For what scrolls by itself and holds nothing to focus: the arrow keys must reach what lies outside its window. */
export const SCROLLED_BY_KEYBOARD = { tabIndex: 0 } as const
