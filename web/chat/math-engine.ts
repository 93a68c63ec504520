import 'katex/dist/katex.min.css'
import katex from 'katex'

/**
 * Draws a formula into `target`. It builds elements and never HTML, follows no link and loads no image (`trust`), and stops
 * where macros grow or sizes explode; what it cannot read it shows as it was written.
 */
export function drawMath(tex: string, target: HTMLElement, isDisplay: boolean): void {
  katex.render(tex, target, {
    displayMode: isDisplay,
    throwOnError: false,
    errorColor: 'currentColor',
    trust: false,
    strict: 'ignore',
    maxExpand: 500,
    maxSize: 20,
  })
}
