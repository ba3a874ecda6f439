// What is laid out when the package is built: the help of every command, the version, and the manifest's JSON Schema.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { build } from 'esbuild'
import { manifestJsonSchema } from './manifest-schema.mjs'
import { ownSources } from './own-sources.mjs'

export async function writeTexts(root, dist) {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const { createProgram, manifestSchema } = await sources(dist)
  const schema = manifestJsonSchema(manifestSchema)
  writeFileSync(join(root, 'img2vid.schema.json'), `${JSON.stringify(schema, null, 2)}\n`)
  const folder = join(dist, 'texts')
  mkdirSync(folder)
  writeFileSync(join(folder, '--version.txt'), `${version}\n`)
  writeHelp(
    createProgram(version, () => () => {}),
    [],
    folder,
  )
}

function writeHelp(command, path, folder) {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  writeFileSync(join(folder, `${[...path, '--help'].join(' ')}.txt`), text)
  for (const one of command.commands) writeHelp(one, [...path, one.name()], folder)
}

/** What our own sources export. */
async function sources(dist) {
  const folder = join(dist, 'sources')
  await build({
    entryPoints: ['src/program.ts', 'src/plan/manifest/schema.ts'],
    outdir: folder,
    ...ownSources,
  })
  const load = (name) => import(pathToFileURL(join(folder, name)))
  const all = { ...(await load('program.mjs')), ...(await load('plan/manifest/schema.mjs')) }
  rmSync(folder, { recursive: true })
  return all
}
