import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Local, LocalServer } from '../context.ts'
import { UserError } from '../errors.ts'
import { exchange } from '../http/exchange.ts'
import { privateHome } from './home.ts'
import { localFaults } from './local-faults.ts'
import { localReached, localStored } from './local-told.ts'
import { isAlive, withLock } from './lock.ts'

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

const HOST = '127.0.0.1'
const HEALTH_PATH = '/_embedded/health'
const ANSWER_MS = 2_000
const ENGINE_MS = 5_000
const START_MS = 20_000
const STOP_MS = 60_000
const CHECK_MS = 50

/** Embedded AWSs as background processes, one for each folder that has a `.img2vid` of its own. */
export function localServers(options: LocalOptions): Local {
  const home = (folder: string) => join(folder, '.img2vid', 'local')
  const recordFile = (folder: string) => join(home(folder), 'server.json')

  function readRecord(folder: string): ServerRecord | undefined {
    try {
      const record = JSON.parse(readFileSync(recordFile(folder), 'utf8')) as Partial<ServerRecord> | null
      return typeof record?.id === 'string' ? (record as ServerRecord) : undefined
    } catch {
      return undefined
    }
  }

  async function writeRecord(folder: string, record: ServerRecord): Promise<void> {
    await writeFile(`${recordFile(folder)}.new`, JSON.stringify(record), { mode: 0o600 })
    await rename(`${recordFile(folder)}.new`, recordFile(folder))
  }

  async function find(folder: string): Promise<LocalServer | undefined> {
    const record = readRecord(folder)
    return record && (await health(record))
  }

  async function launch(folder: string, record: ServerRecord): Promise<LocalServer> {
    const logFile = join(home(folder), 'server.log')
    const log = await open(logFile, 'a', 0o600)
    const { size } = await log.stat()
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
      // It ends when it loses its parent before it hears that it can be found.
      await new Promise<void>((sent, failed) => child.send('recorded', (error) => (error ? failed(error) : sent())))
      return { endpoint: `http://${HOST}:${port}`, pid, docker }
    } catch (error) {
      child.kill('SIGKILL')
      const words = /^\w*Error: .*$/m.exec((await readFile(logFile)).subarray(size).toString())?.[0]
      const why = [(error as Error).message, words].filter(Boolean).join(': ')
      throw new UserError('failed', `The embedded AWS did not start: ${why}`, {
        hint: `read ${logFile}, or begin anew with img2vid local reset`,
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
    const gone = async () => {
      for (let waited = 0; waited < STOP_MS && isAlive(server.pid); waited += CHECK_MS) await sleep(CHECK_MS)
      return !isAlive(server.pid)
    }
    end(server.pid, 'SIGTERM')
    if (!(await gone())) {
      end(server.pid, 'SIGKILL')
      await gone()
    }
    return true
  }

  /** An older version, or one that found no Docker engine where there is one now, is to be replaced. */
  const isCurrent = async (record: ServerRecord, server: LocalServer): Promise<boolean> =>
    record.version === options.version && (!options.docker || server.docker || !(await hasEngine()))

  async function findCurrent(folder: string): Promise<LocalServer | undefined> {
    const record = readRecord(folder)
    const server = record && (await health(record))
    return server && (await isCurrent(record, server)) ? server : undefined
  }

  const locked = async <Result>(folder: string, action: () => Promise<Result>): Promise<Result> => {
    const shared = privateHome(folder)
    await mkdir(home(folder), { recursive: true, mode: 0o700 })
    return withLock(join(shared, 'local.lock'), START_MS + STOP_MS, action)
  }

  return {
    find,
    start: async (folder) =>
      (await findCurrent(folder)) ??
      locked(folder, async () => {
        // Another command may have started it while this one waited.
        const running = await findCurrent(folder)
        if (running) return running
        await stop(folder)
        return launch(folder, readRecord(folder) ?? { id: randomUUID() })
      }),
    stop,
    reset: (folder) =>
      locked(folder, async () => {
        const record = readRecord(folder)
        await stop(folder)
        if (record && options.docker) await removeVolumes(record.id)
        await rm(home(folder), { recursive: true, force: true })
      }),
    faults: localFaults,
    stored: localStored,
    reached: localReached,
  }
}

/** Asks whether it is this very server that listens at the port. Throws when it is there and stays silent. */
async function health({ id, port, pid = 0 }: ServerRecord): Promise<LocalServer | undefined> {
  if (port === undefined) return undefined
  const endpoint = `http://${HOST}:${port}`
  for (let waited = 0; waited < START_MS; waited += ANSWER_MS) {
    try {
      const asked = { method: 'GET', hostname: HOST, port, path: HEALTH_PATH, timeoutMs: ANSWER_MS }
      const { body } = await exchange(asked)
      const told = JSON.parse(Buffer.from(body).toString()) as { id: string; pid: number; docker: boolean }
      return told.id === id ? { endpoint, pid: told.pid, docker: told.docker } : undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ETIMEDOUT' || !isAlive(pid)) return undefined
    }
  }
  throw new UserError('failed', `The embedded AWS (process ${pid}) does not answer at ${endpoint}`, {
    hint: `end process ${pid}, then run the same command again`,
  })
}

/** It may have ended by itself by now. */
function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** What tasks had in file systems and on instances outlives them, but not their AWS. */
async function removeVolumes(id: string): Promise<void> {
  const { stdout } = await docker('volume', 'ls', '--quiet', '--filter', `label=embedded-aws=${id}`)
  const names = stdout.split('\n').filter(Boolean)
  if (names.length > 0) await docker('volume', 'rm', '--force', ...names)
}

/** An engine that is not there, or does not want to, keeps nobody. */
const docker = (...args: readonly string[]): Promise<{ readonly stdout: string }> =>
  promisify(execFile)('docker', args, { signal: AbortSignal.timeout(ENGINE_MS) }).catch(() => ({ stdout: '' }))

/** A Docker engine may have been started since. */
const hasEngine = (): Promise<boolean> =>
  new Promise((resolve) => {
    const child = spawn('docker', ['version', '--format', '{{.Server.Version}}'], {
      stdio: 'ignore',
      // A time-out of the child's own would keep this process waiting where there is no such program.
      signal: AbortSignal.timeout(ENGINE_MS),
    })
    child.on('error', () => resolve(false))
    child.on('close', (code) => resolve(code === 0))
  })
