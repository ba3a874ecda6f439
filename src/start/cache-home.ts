import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * Where this user keeps what this very bundle made under this very Node, and can make again; undefined when nothing is
 * to be kept, and for what is no bundle.
 */
export function cacheFolder(bundle: string, environment: NodeJS.ProcessEnv): string | undefined {
  const hash = join(bundle, 'hash.txt')
  // Node's own switch for its own such cache.
  if (environment.NODE_DISABLE_COMPILE_CACHE || !existsSync(hash)) return undefined
  // V8 takes no code of another version or processor.
  const key = `${readFileSync(hash, 'latin1')}-${process.version}-${process.arch}`
  return join(cacheHome(environment), 'img2vid', key)
}

/** Where this user's programs keep what can be made again. */
export function cacheHome({ XDG_CACHE_HOME, LOCALAPPDATA, HOME }: NodeJS.ProcessEnv): string {
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME
  if (process.platform === 'win32' && LOCALAPPDATA) return LOCALAPPDATA
  // It finds the same, and is not loaded for it.
  const home = (process.platform !== 'win32' && HOME) || process.getBuiltinModule('node:os').homedir()
  return join(home, process.platform === 'darwin' ? 'Library/Caches' : '.cache')
}
