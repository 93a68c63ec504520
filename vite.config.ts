import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin, transformWithOxc } from 'vite'

/** The entry script sets the theme before anything is drawn, so the first paint waits for it instead of flashing. */
function drawAfterEntry(): Plugin {
  return {
    name: 'draw-after-entry',
    enforce: 'post',
    transformIndexHtml: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
  }
}

/**
 * Writes `diagram.html`, whole in one file: a page in a frame without an origin may fetch nothing, not even from here (D17).
 */
function diagramPage(): Plugin {
  const read = (path: string) => readFile(new URL(path, import.meta.url), 'utf8')
  return {
    name: 'diagram-page',
    apply: 'build',
    async generateBundle() {
      const [page, frame, engine] = await Promise.all([
        read('web/diagram/diagram.html'),
        read('web/diagram/diagram-frame.ts'),
        read('node_modules/@mermaid-js/tiny/dist/mermaid.tiny.js'),
      ])
      const { code } = await transformWithOxc(frame, 'diagram-frame.ts')
      // where it stands in a page, this would end a script or begin another
      for (const script of [code, engine])
        if (/<\/?script/i.test(script)) throw new Error('a script names a script tag')
      const source = page.replace('__ENGINE__', () => engine).replace('__FRAME__', () => code)
      this.emitFile({ type: 'asset', fileName: 'diagram.html', source })
    },
  }
}

export default defineConfig({
  root: 'web',
  base: '/',
  plugins: [react(), tailwindcss(), drawAfterEntry(), diagramPage()],
  resolve: {
    alias: {
      // Its form for browsers asks `innerHTML` what an entity means, which our content security policy forbids: one `&amp;`
      // in an answer took the screen down. This form has a table.
      'decode-named-character-reference': fileURLToPath(
        new URL('./node_modules/decode-named-character-reference/index.js', import.meta.url),
      ),
    },
  },
  worker: { format: 'es' },
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: ['chrome123', 'firefox120', 'safari17.5'],
    // Nothing is inlined: the content security policy allows scripts and styles from this origin's files alone.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 800,
  },
})
