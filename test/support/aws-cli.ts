import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { onTestFinished } from 'vitest'

export interface AwsCommandLine {
  readonly version: string
  /** Types a command; its words are separated by spaces. What it says when it fails is the error's message. */
  (command: string, more?: readonly string[]): Promise<string>
}

export interface AwsCommandLineOptions {
  readonly endpoint: string
  readonly folder: string
  /** How many times faster than life version 1 waits; another cannot be told. */
  readonly faster?: number
}

type Run = (words: readonly string[]) => Promise<string>

/** The installed `aws` command line, told by its environment where the embedded AWS is; undefined where there is none. */
export async function awsCommandLine(options: AwsCommandLineOptions): Promise<AwsCommandLine | undefined> {
  const { endpoint, folder } = options
  const env = {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_DEFAULT_REGION: 'us-east-1',
    AWS_DEFAULT_OUTPUT: 'json',
    AWS_PAGER: '',
  }
  const found = (await oneProcess(env, options)) ?? (await manyProcesses(env, folder))
  return (
    found &&
    Object.assign((command: string, more: readonly string[] = []) => found.run([...command.split(' '), ...more]), {
      version: found.version,
    })
  )
}

interface Found {
  readonly version: string
  readonly run: Run
}

/** All commands in one Python: a start would take longer than most commands. */
async function oneProcess(env: NodeJS.ProcessEnv, { folder, faster = 1 }: AwsCommandLineOptions) {
  const child = spawn('python3', [join(import.meta.dirname, 'aws-cli.py'), `${faster}`], {
    cwd: folder,
    env,
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const ended = once(child, 'close').catch(() => {})
  onTestFinished(async () => {
    child.stdin.end()
    await ended
  })
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { value: version, done } = await answers.next()
  if (done) return undefined
  let last: Promise<unknown> = Promise.resolve()
  const one: Run = async (words) => {
    child.stdin.write(`${JSON.stringify(words)}\n`)
    const { code, stdout, stderr } = JSON.parse((await answers.next()).value)
    if (code !== 0) throw new Error(`aws ${words.join(' ')} ended with ${code}: ${stderr}`)
    return stdout
  }
  const run: Run = (words) => {
    const ran = last.then(() => one(words))
    last = ran.catch(() => {})
    return ran
  }
  return { version: JSON.parse(version), run } satisfies Found
}

async function manyProcesses(env: NodeJS.ProcessEnv, cwd: string): Promise<Found | undefined> {
  const run: Run = async (words) => (await promisify(execFile)('aws', words, { cwd, env })).stdout
  const version = await run(['--version']).catch(() => '')
  const [, number] = /^aws-cli\/(\S+)/.exec(version) ?? []
  return number === undefined ? undefined : { version: number, run }
}
