import { join } from 'node:path'
import { cacheFolder } from './start/cache-home.ts'
import { runCached } from './start/code-cache.ts'
import { commandOf, printPrepared } from './start/texts.ts'

// What was laid out when the package was built needs no program; all else runs it, from V8's code where it ran before.
const words = process.argv.slice(2)
const dist = import.meta.dirname
if (!printPrepared(dist, words)) {
  const folder = cacheFolder(dist, process.env)
  runCached(join(dist, 'cli.js'), folder && join(folder, commandOf(dist, words)))
}
