import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'

/** A docker command that ended with another exit code than 0; the message is its own last words. */
export class DockerError extends Error {
  constructor(
    readonly exitCode: number,
    output: string,
  ) {
    super(output.trim().replace(/^(docker: |Error response from daemon: )+/, ''))
  }
}

export interface DockerOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
}

/** Runs the docker command line by an argument list, never by a shell. Resolves to its standard output. */
export function docker(args: readonly string[], { env, signal }: DockerOptions = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn('docker', args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      ...(signal && { signal }),
    })
    let output = ''
    let errors = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      output += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      errors += text
    })
    child.on('error', reject)
    child.on('close', (code) => (code === 0 ? resolve(output) : reject(new DockerError(code ?? 1, errors || output))))
  })
}

/** Calls back for each line of a docker command that goes on by itself, both streams; resolves when it ends. */
export function dockerLines(args: readonly string[], line: (text: string) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const child: ChildProcess = spawn('docker', args, { stdio: ['ignore', 'pipe', 'pipe'] })
    const stop = () => child.kill('SIGTERM')
    signal.addEventListener('abort', stop, { once: true })
    for (const stream of [child.stdout, child.stderr]) if (stream) createInterface({ input: stream }).on('line', line)
    const end = () => {
      signal.removeEventListener('abort', stop)
      resolve()
    }
    child.on('error', end)
    child.on('close', end)
  })
}
