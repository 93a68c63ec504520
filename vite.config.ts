import { fileURLToPath } from 'node:url'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig, type Plugin } from 'vite'

/** The entry script sets the theme before anything is drawn, so the first paint waits for it instead of flashing. */
function drawAfterEntry(): Plugin {
  return {
    name: 'draw-after-entry',
    enforce: 'post',
    transformIndexHtml: (html) => html.replace('<script type="module"', '<script type="module" blocking="render"'),
  }
}

export default defineConfig({
  root: 'web',
  base: '/',
  plugins: [react(), tailwindcss(), drawAfterEntry()],
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
