import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, join } from 'node:path'
import { Script } from 'node:vm'
import { type Kept, readKept, writeKept } from './cache-file.ts'

type Module = { exports: unknown }
type Wrapper = (
  exports: unknown,
  require: (id: string) => unknown,
  module: Module,
  file: string,
  folder: string,
) => void

/**
 * Runs a bundle of CommonJS files with the code that V8 made of them when the same command ran before, and keeps that
 * code when there was none. Node's own compile cache came with 22.8, and saves half as much.
 */
export function runCached(entry: string, file: string | undefined): void {
  const kept = file === undefined ? new Map<string, Buffer>() : readKept(file)
  const scripts = new Map<string, Script>()
  const modules = new Map<string, Module>()
  const ofNode = createRequire(entry)
  let complete = true

  function load(path: string): unknown {
    const known = modules.get(path)
    if (known) return known.exports
    const module: Module = { exports: {} }
    modules.set(path, module)
    const folder = dirname(path)
    const require = (id: string) => (id.startsWith('.') ? load(join(folder, id)) : ofNode(id))
    compile(path).call(module.exports, module.exports, require, module, path, folder)
    return module.exports
  }

  function compile(path: string): Wrapper {
    const name = basename(path)
    // The build writes nothing but ASCII, which is read fastest like this.
    const source = `(function (exports, require, module, __filename, __dirname) {${readFileSync(path, 'latin1')}\n})`
    const cachedData = kept.get(name)
    const script = new Script(source, { filename: path, ...(cachedData && { cachedData }) })
    if (!cachedData || script.cachedDataRejected) complete = false
    scripts.set(name, script)
    return script.runInThisContext()
  }

  if (file !== undefined) {
    process.on('exit', () => {
      if (complete) return
      const compiled: Kept = new Map([...scripts].map(([name, script]) => [name, script.createCachedData()]))
      writeKept(file, new Map([...kept, ...compiled]))
    })
  }
  load(entry)
}
