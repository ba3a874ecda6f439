import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where this user keeps what can be made again; undefined when nothing is to be kept. */
export function cacheHome(environment: NodeJS.ProcessEnv): string | undefined {
  // Node's own switch for its own such cache.
  if (environment.NODE_DISABLE_COMPILE_CACHE) return undefined
  return join(environment.XDG_CACHE_HOME || platformHome(environment), 'img2vid')
}

function platformHome({ LOCALAPPDATA }: NodeJS.ProcessEnv): string {
  if (process.platform === 'win32' && LOCALAPPDATA) return LOCALAPPDATA
  return join(homedir(), process.platform === 'darwin' ? 'Library/Caches' : '.cache')
}
