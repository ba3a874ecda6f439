// Bundles the program and the embedded AWS into dist/, split so that a command loads what it needs.
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { z } from 'zod'
import { writeResourceSchema } from './resource-schema.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const dist = join(root, 'dist')

async function bundle() {
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { cli: 'src/cli.ts', emulator: 'src/emulator/main.ts', schema: 'src/plan/manifest/schema.ts' },
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    metafile: true,
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
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
  })
  return metafile
}

/** The JSON Schema of the manifest, from the definition that checks it. */
async function writeManifestSchema() {
  const { manifestSchema } = await import('../dist/schema.js')
  const schema = { title: 'img2vid.yaml', ...z.toJSONSchema(manifestSchema, { io: 'input' }) }
  writeFileSync(join(root, 'img2vid.schema.json'), `${JSON.stringify(schema, null, 2)}\n`)
  rmSync(join(dist, 'schema.js'))
}

/** The licences of all packages of which something is in the bundle, each text once. */
function writeNotices({ inputs }) {
  const folders = Object.keys(inputs).flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [])
  const packagesByText = new Map()
  for (const folder of [...new Set(folders)].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    const file = readdirSync(join(root, folder)).find((one) => /^licen[cs]e/i.test(one))
    const text = file ? readFileSync(join(root, folder, file), 'utf8').trim() : `Licence: ${license}`
    packagesByText.set(text, [...(packagesByText.get(text) ?? []), `${name} ${version}`])
  }
  const notices = [...packagesByText].map(([text, packages]) => `${packages.join('\n')}\n\n${text}\n`)
  writeFileSync(join(dist, 'THIRD-PARTY-LICENCES.txt'), notices.join(`\n${'-'.repeat(80)}\n\n`))
}

function makeExecutable() {
  const cli = join(dist, 'cli.js')
  writeFileSync(cli, `#!/usr/bin/env node\n${readFileSync(cli, 'utf8')}`)
  chmodSync(cli, 0o755)
}

await writeResourceSchema()
if (existsSync(dist)) rmSync(dist, { recursive: true })
const metafile = await bundle()
await writeManifestSchema()
writeNotices(metafile)
makeExecutable()
