import 'katex/dist/katex.min.css'
import katex from 'katex'

/**
 * Draws a formula into `target`. It builds elements and never HTML, follows no link and loads no image (`trust`), and stops
 * where macros grow or sizes explode. Throws where it cannot read the formula: what it would draw instead has an inline
 * style, which our content security policy refuses.
 */
export function drawMath(tex: string, target: HTMLElement, isDisplay: boolean): void {
  katex.render(tex, target, {
    displayMode: isDisplay,
    throwOnError: true,
    trust: false,
    strict: 'ignore',
    maxExpand: 500,
    maxSize: 20,
  })
}
