import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vite'
import { ICONS } from './icons.js'

const at = (path) => fileURLToPath(new URL(path, import.meta.url))

function symbol(name) {
  const drawn = readFileSync(at(`node_modules/lucide-static/icons/${name}.svg`), 'utf8')
  const shapes = drawn
    .replace(/[\s\S]*?<svg[^>]*>/, '')
    .replace('</svg>', '')
    .replace(/\s*\n\s*/g, '')
  // Strokes come from the styles of `.i`: attributes here would keep a pressed heart from filling.
  return `<symbol id="${name}" viewBox="0 0 24 24">${shapes}</symbol>`
}

/** Builds one sprite of the named icons; pages refer to it by the manifest's entry `src/icons.svg`. */
function sprite() {
  return {
    name: 'sprite',
    buildStart() {
      this.emitFile({
        type: 'asset',
        name: 'icons.svg',
        originalFileName: 'src/icons.svg',
        source: `<svg xmlns="http://www.w3.org/2000/svg">${ICONS.map(symbol).join('')}</svg>`,
      })
    },
  }
}

export default defineConfig({
  base: '/static/dist/',
  plugins: [sprite()],
  build: {
    outDir: '../app/web/static/dist',
    emptyOutDir: true,
    manifest: true,
    target: 'es2022',
    cssMinify: 'lightningcss',
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      input: { app: 'src/app.ts', compose: 'src/compose.ts', insights: 'src/insights.ts' },
    },
  },
})
