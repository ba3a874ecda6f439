import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import type { Installed } from '../installed.ts'
import type { Measure } from '../part.ts'

const STREAMS = Array.from({ length: 20 }, (_, task) => `demo/web/${String(task).padStart(32, '0')}`)
const LINES_A_SECOND = 10_000
/** `logs` looks back so far for what comes late: as much as it ever has to remember. */
const WINDOW_SECONDS = 20
const SECONDS = 27
const GROUP = '/img2vid/demo-dev/web'
const LINE = 'a frame of the video was made; this is about as long as lines of a log usually are'

/** Whoever follows many lines for long misses none, and holds no more than whoever follows them for a moment. */
export const measure: Measure = async ({ installed }) => {
  const where = await installed()
  const logs = await clientOf(where)
  for (const logStreamName of STREAMS) await logs.createLogStream({ logGroupName: GROUP, logStreamName })
  let written = 0
  const write = async (lines: number, from: number, until: number) => {
    const each = Math.floor(lines / STREAMS.length)
    const message = (index: number) => `${written + index} ${LINE}`
    const timestamp = (index: number) => Math.floor(from + ((until - from) * index) / each)
    const logEvents = Array.from({ length: each }, (_, index) => ({
      timestamp: timestamp(index),
      message: message(index),
    }))
    await Promise.all(
      STREAMS.map((logStreamName) => logs.putLogEvents({ logGroupName: GROUP, logStreamName, logEvents })),
    )
    written += each * STREAMS.length
  }

  const args = [where.program, 'logs', '--local', '--follow', '--since', '1m']
  const follower = spawn(process.execPath, args, {
    cwd: where.project,
    env: where.env,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  const closed = once(follower, 'close')
  const read = countingLines(follower)
  const held: number[] = []
  try {
    let last = Date.now()
    await write(WINDOW_SECONDS * LINES_A_SECOND, last - WINDOW_SECONDS * 1_000, last)
    await read.until(written)
    last = Date.now()
    const end = last + SECONDS * 1_000
    while (last < end) {
      await sleep(500)
      const now = Date.now()
      await write(((now - last) / 1_000) * LINES_A_SECOND, last, now)
      last = now
      held.push(await rss(follower))
    }
    await read.until(written)
  } finally {
    follower.kill('SIGKILL')
    await closed
  }
  const most = (samples: readonly number[]) => Math.max(...samples)
  const third = Math.floor(held.length / 3)
  const [middle, end] = [most(held.slice(third, -third)), most(held.slice(-third))]
  return [
    {
      name: 'memory of logs --follow, last third against the one before',
      value: end / middle,
      unit: 'x',
      atMost: 1.25,
      beside: `${middle.toFixed(0)} and ${end.toFixed(0)} MiB`,
    },
    {
      name: 'lines that logs --follow misses',
      value: 100 * (1 - read.lines / written),
      unit: '%',
      atMost: 0,
      beside: `${read.lines} of ${written}`,
    },
  ]
}

/** A follower that has shown nothing new for so long shows nothing more of what was written. */
const SILENCE_SECONDS = 10

function countingLines({ stdout }: ChildProcess) {
  const read = {
    lines: 0,
    /** Resolves when so many have been read, or no more come. */
    async until(lines: number) {
      for (let before = -1; read.lines < lines && read.lines > before; ) {
        before = read.lines
        for (let waited = 0; waited < SILENCE_SECONDS && read.lines < lines; waited += 0.5) await sleep(500)
      }
    },
  }
  stdout?.on('data', (chunk: Buffer) => {
    for (const byte of chunk) if (byte === 10) read.lines += 1
  })
  return read
}

/** Of a running process, in MiB. */
async function rss({ pid }: ChildProcess): Promise<number> {
  const { stdout } = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) / 1_024
}

async function clientOf({ program, project, env }: Installed): Promise<CloudWatchLogs> {
  const command = [program, 'local', 'env', '--json']
  const { stdout } = await promisify(execFile)(process.execPath, command, { cwd: project, env })
  const { AWS_ENDPOINT_URL: endpoint, AWS_REGION: region } = JSON.parse(stdout).variables
  return new CloudWatchLogs({ endpoint, region, credentials: { accessKeyId: 'bench', secretAccessKey: 'bench' } })
}
