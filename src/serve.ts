import { join } from 'node:path'
import { cacheFolder } from './start/cache-home.ts'
import { runCached } from './start/code-cache.ts'

// The embedded AWS as a process of its own, from V8's code where it ran before.
const dist = import.meta.dirname
const folder = cacheFolder(dist, process.env)
runCached(join(dist, 'emulator.js'), folder && join(folder, 'emulator'))
