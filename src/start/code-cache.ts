import { readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Script } from 'node:vm'
import { type Piece, readPieces, writePieces } from './pieces.ts'

type Module = { exports: unknown }
type Wrapper = (
  exports: unknown,
  require: (id: string) => unknown,
  module: Module,
  file: string,
  folder: string,
) => void

/** A first run reads the manifest, and others ask or build, for which much is loaded: all that is kept is read each time. */
const MUCH_OF = 0.8

/**
 * Runs a bundle of CommonJS files, whose parts lie in a folder of its name, from what was kept when the same command ran
 * before: their texts and the code that V8 made of them, in one file. Node's own compile cache came with 22.8, and saves half as much.
 */
export function runCached(entry: string, file: string | undefined): void {
  const kept = file === undefined ? new Map<string, Piece>() : readPieces(file)
  const scripts = new Map<string, { text: string; script: Script }>()
  const modules = new Map<string, Module>()
  const main = basename(entry)
  const parts = join(dirname(entry), basename(entry, '.js'))
  let complete = true

  const require = (id: string) => (id.startsWith('.') ? load(id.slice(id.lastIndexOf('/') + 1)) : builtin(id))

  function load(name: string): unknown {
    const known = modules.get(name)
    if (known) return known.exports
    const module: Module = { exports: {} }
    modules.set(name, module)
    const folder = name === main ? dirname(entry) : parts
    const path = `${folder}/${name}`
    compile(name, path).call(module.exports, module.exports, require, module, path, folder)
    return module.exports
  }

  function compile(name: string, path: string): Wrapper {
    const known = kept.get(name)
    const text = known?.text ?? wrapped(path)
    const script = new Script(text, { filename: path, ...(known && { cachedData: known.code }) })
    if (!known || script.cachedDataRejected) complete = false
    scripts.set(name, { text, script })
    return script.runInThisContext()
  }

  if (file !== undefined) {
    process.on('exit', () => {
      if (!complete) {
        const made = [...scripts].map(([name, { text, script }]): [string, Piece] => [
          name,
          { text, code: script.createCachedData() },
        ])
        writePieces(file, new Map([...kept, ...made]))
      } else if (scripts.size < MUCH_OF * kept.size) {
        writePieces(file, new Map([...kept].filter(([name]) => scripts.has(name))))
      }
    })
  }
  load(main)
}

/** The build writes nothing but ASCII, which is read fastest like this. */
const wrapped = (path: string): string =>
  `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'latin1')}\n})`

/** Of Node's modules, those that are functions and have to look like it. */
const CALLABLE = /^(node:)?(assert|assert\/strict|events|module|stream|test)$/

/** A command needs half of the modules of Node's that its files name: each is loaded when it is looked into. */
function builtin(id: string): object {
  let module: object | undefined
  const real = () => {
    module ??= process.getBuiltinModule(id) as object
    return module
  }
  if (CALLABLE.test(id)) return real()
  return new Proxy(
    {},
    {
      get: (_, key) => (key === '__esModule' ? undefined : Reflect.get(real(), key)),
      has: (_, key) => Reflect.has(real(), key),
      ownKeys: () => Reflect.ownKeys(real()),
      getOwnPropertyDescriptor: (_, key) => ({ value: Reflect.get(real(), key), enumerable: true, configurable: true }),
    },
  )
}
