import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Local, LocalServer } from '../context.ts'
import { UserError } from '../errors.ts'

/** What is known of a folder's embedded AWS, running or not. Its port and id stay, so that addresses stay true. */
interface ServerRecord {
  readonly id: string
  readonly port?: number
  readonly pid?: number
  readonly version?: string
}

export interface LocalOptions {
  /** The program of the embedded AWS. */
  readonly program: string
  readonly version: string
  /** How many times faster than life AWS's own work goes, and time for the user's containers. */
  readonly speed: number
  readonly patience: number
  readonly docker: boolean
}

const HEALTH_PATH = '/_embedded/health'
const START_MS = 20_000
const STOP_MS = 60_000
const CHECK_MS = 50

/** Embedded AWSs as background processes, one for each folder that has a `.img2vid` of its own. */
export function localServers(options: LocalOptions): Local {
  const home = (folder: string) => join(folder, '.img2vid', 'local')
  const recordFile = (folder: string) => join(home(folder), 'server.json')

  async function readRecord(folder: string): Promise<ServerRecord | undefined> {
    const text = await readFile(recordFile(folder), 'utf8').catch(() => undefined)
    return text === undefined ? undefined : (JSON.parse(text) as ServerRecord)
  }

  async function writeRecord(folder: string, record: ServerRecord): Promise<void> {
    await writeFile(`${recordFile(folder)}.new`, JSON.stringify(record), { mode: 0o600 })
    await rename(`${recordFile(folder)}.new`, recordFile(folder))
  }

  async function find(folder: string): Promise<LocalServer | undefined> {
    const record = await readRecord(folder)
    return record && (await health(record))
  }

  async function launch(folder: string, record: ServerRecord): Promise<LocalServer> {
    const log = await open(join(home(folder), 'server.log'), 'a', 0o600)
    const settings = {
      directory: home(folder),
      id: record.id,
      speed: options.speed,
      patience: options.patience,
      docker: options.docker,
      ...(record.port !== undefined && { port: record.port }),
    }
    const child = spawn(process.execPath, [options.program, JSON.stringify(settings)], {
      detached: true,
      stdio: ['ignore', log.fd, log.fd, 'ipc'],
      env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    })
    try {
      const { port, docker } = await new Promise<{ port: number; docker: boolean }>((resolve, reject) => {
        const late = setTimeout(() => reject(new Error('it did not answer in time')), START_MS)
        child.once('message', (message) => {
          clearTimeout(late)
          resolve(message as { port: number; docker: boolean })
        })
        child.once('exit', (code) => {
          clearTimeout(late)
          reject(new Error(`it ended with exit code ${code}`))
        })
      })
      const pid = child.pid ?? 0
      await writeRecord(folder, { id: record.id, port, pid, version: options.version })
      return { endpoint: `http://127.0.0.1:${port}`, pid, docker }
    } catch (error) {
      throw new UserError('failed', `The embedded AWS did not start: ${(error as Error).message}`, {
        hint: `read ${join(home(folder), 'server.log')}, or begin anew with img2vid local reset`,
        cause: error,
      })
    } finally {
      child.removeAllListeners()
      if (child.connected) child.disconnect()
      child.unref()
      await log.close()
    }
  }

  async function stop(folder: string): Promise<boolean> {
    const server = await find(folder)
    if (!server) return false
    process.kill(server.pid, 'SIGTERM')
    for (let waited = 0; waited < STOP_MS && isAlive(server.pid); waited += CHECK_MS) await sleep(CHECK_MS)
    return true
  }

  return {
    find,
    async start(folder) {
      await mkdir(home(folder), { recursive: true, mode: 0o700 })
      // Nothing in here is for git.
      await writeFile(join(folder, '.img2vid', '.gitignore'), '*\n')
      const record = await readRecord(folder)
      const running = record && (await health(record))
      const outdated =
        running && (record.version !== options.version || (options.docker && !running.docker && (await hasEngine())))
      if (running && !outdated) return running
      return withLock(join(home(folder), 'lock'), async () => {
        if (running) await stop(folder)
        // Another command may have started it while this one waited.
        return (await find(folder)) ?? (await launch(folder, record ?? { id: randomUUID() }))
      })
    },
    stop,
    async reset(folder) {
      await stop(folder)
      await rm(home(folder), { recursive: true, force: true })
    },
  }
}

/** Asks whether it is this very server that listens at the port. */
async function health({ id, port }: ServerRecord): Promise<LocalServer | undefined> {
  if (port === undefined) return undefined
  const endpoint = `http://127.0.0.1:${port}`
  try {
    const answer = await fetch(endpoint + HEALTH_PATH, { signal: AbortSignal.timeout(2000) })
    const body = (await answer.json()) as { id: string; pid: number; docker: boolean }
    return body.id === id ? { endpoint, pid: body.pid, docker: body.docker } : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** A Docker engine may have been started since. */
const hasEngine = (): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn('docker', ['version', '--format', '{{.Server.Version}}'], { stdio: 'ignore' })
    child.on('error', () => resolve(false))
    child.on('close', (code) => resolve(code === 0))
  })

/** One at a time, by a file that names its owner; that of a dead owner is taken away. */
async function withLock<Result>(file: string, action: () => Promise<Result>): Promise<Result> {
  for (let waited = 0; ; waited += CHECK_MS) {
    const handle = await open(file, 'wx').catch(() => undefined)
    if (handle) {
      await handle.writeFile(String(process.pid))
      await handle.close()
      break
    }
    const owner = Number(await readFile(file, 'utf8').catch(() => '0'))
    if ((owner > 0 && !isAlive(owner)) || waited > START_MS) await rm(file, { force: true })
    else await sleep(CHECK_MS)
  }
  try {
    return await action()
  } finally {
    await rm(file, { force: true })
  }
}
