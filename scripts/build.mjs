// Bundles the program and the embedded AWS into dist/, split so that a command loads what it needs.
import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, transform } from 'esbuild'
import { alias } from './alias.mjs'
import {
  aloneWithSchemas,
  errorsNamed,
  narrowImports,
  narrowToNames,
  plainBuiltins,
  plainKeys,
  schemasNamed,
  withoutBrowser,
  withoutEditor,
  withoutLooking,
} from './narrow.mjs'
import { writeResourceSchema } from './resource-schema.mjs'
import { writeTexts } from './texts.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
// Made aside and put in place whole: others may build, pack or run it at the same time.
const dist = join(root, 'node_modules', `.build-${process.pid}`)
const target = 'node20.19'

const common = {
  absWorkingDir: root,
  outdir: dist,
  bundle: true,
  platform: 'node',
  target,
  // The SDK's other build cannot be shaken.
  mainFields: ['module', 'main'],
  alias,
  legalComments: 'none',
}

const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16)

/** Only ES modules can be split, and only CommonJS runs from V8's own code: what is split is then translated. */
async function bundle(name, entry, plugins) {
  const { metafile, outputFiles } = await build({
    ...common,
    entryPoints: { [name]: entry },
    chunkNames: `${name}/[name]-[hash]`,
    splitting: true,
    format: 'esm',
    minifySyntax: true,
    metafile: true,
    write: false,
    plugins,
  })
  const pieces = []
  mkdirSync(join(dist, name), { recursive: true })
  for (const { path, text } of outputFiles) {
    const { code } = await transform(plainBuiltins(text), {
      format: 'cjs',
      platform: 'node',
      target,
      minify: true,
      legalComments: 'none',
      // From V8's own code an import() that is left fails.
      supported: { 'dynamic-import': false },
      define: { 'import.meta.dirname': '__dirname' },
    })
    writeFileSync(path, code)
    pieces.push(basename(path), code)
  }
  return { inputs: Object.keys(metafile.inputs), hash: digest(pieces.join('')) }
}

/** The files that run first: small, and without anything that is split. */
async function bundleStart() {
  await build({
    ...common,
    entryPoints: ['src/start.ts', 'src/serve.ts'],
    format: 'cjs',
    minify: true,
    banner: { js: '#!/usr/bin/env node' },
    define: { 'import.meta.dirname': '__dirname' },
  })
  chmodSync(join(dist, 'start.js'), 0o755)
}

/** The licences of all packages of which something is in the bundle, each text once. */
function writeNotices(inputs) {
  const folders = inputs.flatMap((file) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? [])
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

await writeResourceSchema()
// Apart: the program knows a part of each client, the embedded AWS the schemas of all of it.
const src = join(root, 'src')
const [aws, host] = ['aws', 'host'].map((room) => join(src, room))
const cli = await bundle('cli', 'src/cli.ts', [
  narrowToNames(aws),
  narrowToNames(host),
  aloneWithSchemas,
  plainKeys(errorsNamed(aws)),
  withoutEditor,
  withoutBrowser,
  withoutLooking,
])
const emulator = await bundle('emulator', 'src/emulator/main.ts', [
  narrowImports(join(src, 'emulator'), schemasNamed(join(src, 'emulator'))),
  withoutBrowser,
  plainKeys(),
])
writeFileSync(join(dist, 'hash.txt'), digest(cli.hash + emulator.hash))
writeNotices([...cli.inputs, ...emulator.inputs])
await bundleStart()
await writeTexts(root, dist)
writeFileSync(join(dist, 'package.json'), '{ "type": "commonjs" }\n')
const place = join(root, 'dist')
rmSync(place, { recursive: true, force: true })
renameSync(dist, place)
