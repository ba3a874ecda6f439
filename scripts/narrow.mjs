// An import() of a package takes all of it along. This plugin gives the bundler a module of the names that are needed.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const PACKAGE = /^(@[\w-]+\/)?[\w-]+$/
const TAKEN = /\{([^{}]*)\}\s*=\s*await import\(\s*'([^'.][^']*)'\s*,?\s*\)|\(await import\('([^'.][^']*)'\)\)\.(\w+)/g
const ANY = /\bimport\(\s*'([^'.][^']*)'/g

const sourcesIn = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))

/** `moduleOf` gives what the sources in a folder need of a package. */
export const narrowImports = (folder, moduleOf) => ({
  name: 'narrow-imports',
  setup(build) {
    const namespace = `names for ${folder}`
    build.onResolve({ filter: PACKAGE }, ({ path, kind, importer }) =>
      kind === 'dynamic-import' && importer.startsWith(folder) ? { path, namespace } : undefined,
    )
    build.onLoad({ filter: PACKAGE, namespace }, async ({ path }) => ({
      contents: await moduleOf(path),
      resolveDir: folder,
    }))
  },
})

const reexport = (names, path) => `export { ${[...names].sort().join(', ')} } from '${path}'\n`

/** The names that sources take by themselves: `const { name } = await import('package')`. */
export function namesTaken(folder) {
  const taken = new Map()
  for (const { file, text } of sourcesIn(folder)) {
    const found = [...text.matchAll(TAKEN)]
    if (found.length !== [...text.matchAll(ANY)].length)
      throw new Error(`${file}: take names from an import() of a package at once: const { name } = await import('…')`)
    for (const [, names, fromNames, fromMember, member] of found) {
      const all = names === undefined ? [member] : names.split(',').map((name) => name.trim().split(/\s*:\s*/)[0])
      const name = fromNames ?? fromMember
      taken.set(name, new Set([...(taken.get(name) ?? []), ...all.filter(Boolean)]))
    }
  }
  return (path) => reexport(taken.get(path), path)
}

const [OPERATION, ERROR] = [9, -3]

/**
 * Of each client its errors and the schemas of the operations that a folder's sources name; of the others, which are refused by
 * their names, no more than these. A service that tells operations by methods and paths needs them all.
 */
export function schemasNamed(folder) {
  const words = new Set(sourcesIn(folder).flatMap(({ text }) => text.match(/\w+/g)))
  return async (path) => {
    const schemas = Object.entries(await import(path)).filter(
      ([key, value]) => key.endsWith('$') && Array.isArray(value),
    )
    const operations = schemas.filter(([, [kind]]) => kind === OPERATION)
    const known = operations.filter(([, [, , name, traits]]) => words.has(name) || traits.http)
    const refused = operations.filter((operation) => !known.includes(operation))
    const names = [...known, ...schemas.filter(([, [kind]]) => kind === ERROR)].map(([key]) => key)
    const stubs = refused.map(
      ([key, [, , name]]) => `export const ${key} = [${OPERATION}, '', '${name}', 0, unit, unit]\n`,
    )
    return `${reexport(names, path)}const unit = () => 'unit'\n${stubs.join('')}`
  }
}

/** The package calls itself free of side effects, which one of its parts forgets. */
export const withoutEditor = {
  name: 'without-editor',
  setup(build) {
    build.onResolve({ filter: /^@inquirer\/editor$/ }, async ({ path, pluginData, ...how }) => {
      if (pluginData === 'resolved') return undefined
      const resolved = await build.resolve(path, { ...how, pluginData: 'resolved' })
      return { ...resolved, sideEffects: false }
    })
  },
}

/** What the SDK would learn of a browser by is never asked for in Node. */
export const withoutBrowser = {
  name: 'without-browser',
  setup(build) {
    build.onResolve({ filter: /^bowser$/ }, () => ({ path: 'bowser', namespace: 'nothing' }))
    build.onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: 'export default {}' }))
  },
}

/** A key that is written as a constant, `{ [_xN]: … }`, counts as an effect, so that schemas that nobody needs would stay. */
export const plainKeys = {
  name: 'plain-keys',
  setup(build) {
    build.onLoad({ filter: /[/\\]schemas[/\\]schemas_\d+\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8')
      const values = new Map(
        [...text.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]),
      )
      return {
        contents: text.replace(/\[(_\w+)\]:/g, (key, name) => (values.has(name) ? `${values.get(name)}:` : key)),
      }
    })
  },
}

/** What parts of the SDK look for as they are loaded has Node load cryptography, web streams and more, which few commands need. */
const LOOKED_FOR = {
  'ChecksumStream.browser.js': [['typeof ReadableStream === "function" ? ReadableStream : function () { }', 'Object']],
  'stream-type-check.js': [
    ['typeof ReadableStream === "function"', 'false'],
    ['typeof Blob === "function"', 'false'],
  ],
  'serde/index.js': [['_getRandomValues = getRandomValues;', '_getRandomValues = (bytes) => getRandomValues(bytes);']],
  'Sha256Node.js': [['createHash("sha256");\n        return true', 'return true']],
  // Slower, for a few bytes; a Node for FIPS has none of its own.
  'Md5Node.js': [['createHash("md5");\n        return true', 'return false']],
  'uuid/v4.js': [['typeof crypto !== "undefined" && typeof crypto.randomUUID === "function"', 'false']],
}

export const withoutLooking = {
  name: 'without-looking',
  setup(build) {
    for (const [file, changes] of Object.entries(LOOKED_FOR)) {
      build.onLoad({ filter: new RegExp(`[/\\\\]${file.replace('/', '[/\\\\]')}$`) }, ({ path }) => ({
        contents: changes.reduce(
          (text, [looked, found]) => {
            if (!text.includes(looked)) throw new Error(`${path} no longer has ${looked}`)
            return text.replace(looked, found)
          },
          readFileSync(path, 'utf8'),
        ),
      }))
    }
  },
}

/**
 * Node's own modules are loaded when they are looked into, see src/start. To take the default is to take them whole, which the
 * bundler does by copying each of their names.
 */
export const plainBuiltins = (text) =>
  text
    .replace(/^import ([\w$]+), (\{[^}]*\}) from ("node:[^"]+");$/gm, 'import $1 from $3;\nimport $2 from $3;')
    .replace(/^import (?:\* as )?([\w$]+) from ("node:[^"]+");$/gm, 'const $1 = require($2);')
