import 'katex/dist/katex.min.css'
import katex from 'katex'

/** Most formulas need these; drawn before they are there, a formula would move what stands around it. */
const USUAL_FONTS = ['1em KaTeX_Main', 'italic 1em KaTeX_Math', '1em KaTeX_Size1', '1em KaTeX_Size2']

/** Resolves as soon as the usual fonts have come, or will not come. */
export const fontsAreThere = Promise.allSettled(USUAL_FONTS.map((font) => document.fonts.load(font)))

/**
 * Draws a formula into `target`. It builds elements and never HTML, follows no link and loads no image (`trust`), and stops
 * where macros grow or sizes explode. False where it cannot read the formula: what it would draw instead has an inline
 * style, which our content security policy refuses.
 */
export function drawMath(tex: string, target: HTMLElement, isDisplay: boolean): boolean {
  try {
    katex.render(tex, target, {
      displayMode: isDisplay,
      throwOnError: true,
      trust: false,
      strict: 'ignore',
      maxExpand: 500,
      maxSize: 20,
    })
    return true
  } catch {
    return false // it is no formula, or more than can be laid out
  }
}
