import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { alias } from './alias.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** A source looks for files from where it is itself, wherever what is made of it lies. */
const placed = {
  name: 'placed',
  setup(build) {
    build.onLoad({ filter: /\.(ts|mjs)$/ }, ({ path }) => {
      if (!path.startsWith(root) || path.includes('node_modules')) return
      const text = readFileSync(path, 'utf8')
      const contents = text
        .replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path)))
        .replaceAll('import.meta.dirname', JSON.stringify(dirname(path)))
      return { contents, loader: path.endsWith('.ts') ? 'ts' : 'js' }
    })
  },
}

/**
 * How esbuild makes of our own sources what Node runs; packages are those that are installed.
 * @type {import('esbuild').BuildOptions}
 */
export const ownSources = {
  absWorkingDir: root,
  alias,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  packages: 'external',
  sourcemap: 'linked',
  logLevel: 'warning',
  plugins: [placed],
}
