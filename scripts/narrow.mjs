// An import() of a package takes all of it along. This plugin gives the bundler a module of the names that are needed.
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

const PACKAGE = /^(@[\w-]+\/)?[\w-]+$/
const TAKEN = /\{([^{}]*)\}\s*=\s*await import\(\s*'([^'.][^']*)'\s*,?\s*\)|\(await import\('([^'.][^']*)'\)\)\.(\w+)/g
const ANY = /\bimport\(\s*'([^'.][^']*)'/g

const sourcesIn = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.ts'))
    .map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }))

const wordsIn = (folder) => new Set(sourcesIn(folder).flatMap(({ text }) => text.match(/\w+/g)))

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

const NAMED = /^([^?]+)\?(\w+(?:,\w+)*)$/
const CLIENT = /^@aws-sdk\/client-[\w-]+$/

/**
 * Each import() of a package in a folder's sources brings the names that it takes: `const { name } = await import('package')`.
 * A command of the SDK comes alone, see `aloneWithSchemas`.
 */
export const narrowToNames = (folder) => ({
  name: 'narrow-to-names',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) =>
      path.startsWith(folder) ? { contents: withNames(path), loader: 'ts' } : undefined,
    )
    const namespace = `names for ${folder}`
    build.onResolve({ filter: NAMED }, ({ path, importer }) =>
      importer.startsWith(folder) ? { path, namespace } : undefined,
    )
    build.onLoad({ filter: NAMED, namespace }, ({ path }) => {
      const [, name, names] = NAMED.exec(path)
      const from = (one) =>
        CLIENT.test(name) && one.endsWith('Command') ? `${name}/dist-es/commands/${one}?alone` : name
      const lines = names.split(',').map((one) => reexport([one], from(one)))
      return { contents: lines.join(''), resolveDir: folder }
    })
  },
})

/** A source whose import() of a package says in its path which names are taken: `import('package?name')`. */
function withNames(file) {
  const text = readFileSync(file, 'utf8')
  const found = [...text.matchAll(TAKEN)]
  if (found.length !== [...text.matchAll(ANY)].length)
    throw new Error(`${file}: take names from an import() of a package at once: const { name } = await import('…')`)
  return text.replace(TAKEN, (whole, names, _package, _other, member) => {
    const all = names === undefined ? [member] : names.split(',').map((name) => name.trim().split(/\s*:\s*/)[0])
    return whole.replace(/'([^']+)'/, `'$1?${all.filter(Boolean).sort()}'`)
  })
}

const ALONE = 'alone'

/**
 * A command of the SDK with a copy of its client's schemas, of which the bundler then leaves in what this one needs: all
 * commands of a client otherwise share the schemas of them all. What is registered of errors comes with the client.
 */
export const aloneWithSchemas = {
  name: 'alone-with-schemas',
  setup(build) {
    build.onResolve({ filter: /\?alone$/ }, async ({ path, resolveDir, kind }) => {
      const { path: file } = await build.resolve(`${path.replace(/\?alone$/, '')}.js`, { resolveDir, kind })
      return { path: file, suffix: '?alone' }
    })
    build.onLoad({ filter: /[/\\]commands[/\\]\w+Command\.js$/ }, ({ path, suffix }) =>
      suffix === '' ? undefined : { contents: readFileSync(path), pluginData: ALONE },
    )
    build.onResolve({ filter: /\/schemas\/schemas_\d+$/ }, ({ path, resolveDir, importer, pluginData }) =>
      pluginData === ALONE
        ? { path: `${join(resolveDir, path)}.js`, suffix: `?${basename(importer, '.js')}` }
        : undefined,
    )
  },
}

const [OPERATION, ERROR] = [9, -3]

/**
 * Of each client its errors and the schemas of the operations that a folder's sources name; of the others, which are refused by
 * their names, no more than these. A service that tells operations by methods and paths needs them all.
 */
export function schemasNamed(folder) {
  const words = wordsIn(folder)
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

/**
 * A key that is written as a constant, `{ [_xN]: … }`, counts as an effect, so that schemas that nobody needs would stay.
 * `change` makes another text of a file of schemas.
 */
export const plainKeys = (change = (text) => text) => ({
  name: 'plain-keys',
  setup(build) {
    build.onLoad({ filter: /[/\\]schemas[/\\]schemas_\d+\.js$/ }, ({ path, suffix }) => {
      const text = change(readFileSync(path, 'utf8'), path, suffix)
      const values = new Map(
        [...text.matchAll(/^const (_\w+) = ("[^"\\]*");$/gm)].map(([, name, value]) => [name, value]),
      )
      return {
        contents: text.replace(/\[(_\w+)\]:/g, (key, name) => (values.has(name) ? `${values.get(name)}:` : key)),
      }
    })
  },
})

const REGISTERED = /^\w+_registry\.registerError\(\w+\$, (\w+)\);$/gm

/**
 * Of the errors of each client those that a folder's sources name, which know them by what the SDK calls them; any other has
 * the name that came, and its message. With a command comes none of them: its client knows them.
 */
export function errorsNamed(folder) {
  const words = wordsIn(folder)
  return (text, path, suffix) => {
    if (!/[/\\]client-[\w-]+[/\\]dist-es/.test(path)) return text
    if (text.search(REGISTERED) < 0) throw new Error(`${path} registers its errors in another way than this looks for`)
    return text.replace(REGISTERED, (line, name) =>
      suffix === '' && (words.has(name) || /ServiceException$/.test(name)) ? line : '',
    )
  }
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
