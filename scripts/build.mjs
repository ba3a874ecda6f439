// Bundles the program and the embedded AWS into dist/, split so that a command loads what it needs.
import { chmodSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { writeResourceSchema } from './resource-schema.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))

/** Builds everything that the package consists of. */
export async function buildPackage() {
  await writeResourceSchema()
  rmSync(`${root}/dist`, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: { cli: 'src/cli.ts', emulator: 'src/emulator/main.ts', schema: 'src/plan/manifest/schema.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    // The SDK's other build cannot be shaken.
    mainFields: ['module', 'main'],
    minify: true,
    keepNames: true,
    legalComments: 'none',
    // CommonJS packages inside an ES module still call require.
    banner: {
      js: "import { createRequire as createRequire_ } from 'node:module'; const require = createRequire_(import.meta.url);",
    },
  })
  const { manifestSchema } = await import(`../dist/schema.js?${Date.now()}`)
  const { z } = await import('zod')
  const schema = z.toJSONSchema(manifestSchema, { io: 'input' })
  writeFileSync(`${root}/img2vid.schema.json`, `${JSON.stringify({ title: 'img2vid.yaml', ...schema }, null, 2)}\n`)
  rmSync(`${root}/dist/schema.js`)
  writeFileSync(
    `${root}/dist/cli.js`,
    `#!/usr/bin/env node\n${(await import('node:fs')).readFileSync(`${root}/dist/cli.js`, 'utf8')}`,
  )
  chmodSync(`${root}/dist/cli.js`, 0o755)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await buildPackage()
