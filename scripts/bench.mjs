// Translates bench/ for this Node and runs it: npm run bench, or npm run bench -- startup size
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { ownSources } from './own-sources.mjs'
import { writeResourceSchema } from './resource-schema.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
// Below the packages, which are taken from there as they are.
const outdir = join(root, 'node_modules', '.bench')

await writeResourceSchema()
await build({
  entryPoints: ['bench/main.ts'],
  outdir,
  ...ownSources,
})
const { NODE_EXTRA_CA_CERTS, ...env } = process.env
const run = spawnSync(process.execPath, [join(outdir, 'main.mjs'), ...process.argv.slice(2)], {
  cwd: root,
  stdio: 'inherit',
  // Node reads those certificates at each start, which would flatter every ratio.
  env,
})
process.exitCode = run.status ?? 1
