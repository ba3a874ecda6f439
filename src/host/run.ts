import { spawn } from 'node:child_process'
import { delimiter } from 'node:path'
import type { Readable } from 'node:stream'
import type { Run, RunResult } from '../context.ts'
import type { CommandLine } from '../plan/docker.ts'

/** Exit code of a shell for a program that it does not find. */
const NOT_FOUND = 127
/** What is kept of each stream: the end, where errors are. */
const KEPT_CHARACTERS = 256 * 1024

/** Runs programs as children of this process; none of them outlives it. */
export function childProcesses(): Run & { stopAll(): void } {
  const children = new Set<ReturnType<typeof spawn>>()

  const run = ({ program, args, stdin, env, path }: CommandLine, line?: (text: string) => void): Promise<RunResult> =>
    new Promise((resolve, reject) => {
      // In a group of its own: the terminal's Ctrl-C is ours to decide about.
      const child = spawn(program, args, {
        stdio: ['pipe', 'pipe', 'pipe'],
        env: { ...process.env, ...env, ...(path !== undefined && { PATH: path + delimiter + process.env.PATH }) },
        detached: true,
      })
      children.add(child)
      const stdout = collect(child.stdout, line)
      const stderr = collect(child.stderr, line)
      // A child that ends before it has read everything is told by its exit code.
      child.stdin.on('error', () => {})
      child.stdin.end(stdin ?? '')
      child.on('error', (error: NodeJS.ErrnoException) => {
        children.delete(child)
        if (error.code === 'ENOENT') resolve({ exitCode: NOT_FOUND, stdout: '', stderr: `${program}: not found` })
        else reject(error)
      })
      child.on('close', (code) => {
        children.delete(child)
        resolve({ exitCode: code ?? 1, stdout: stdout(), stderr: stderr() })
      })
    })

  return Object.assign(run, {
    stopAll: () => {
      for (const { pid } of children) if (pid !== undefined) endGroup(pid)
    },
  })
}

/** With what it started itself, such as the plugins of Docker. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM')
  } catch (error) {
    // It has just ended.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

/** Gathers a stream's text and hands on its lines; what a terminal would overwrite counts as lines too. */
function collect(stream: Readable, line: ((text: string) => void) | undefined): () => string {
  let kept = ''
  let rest = ''
  stream.setEncoding('utf8')
  stream.on('data', (text: string) => {
    kept = (kept + text).slice(-KEPT_CHARACTERS)
    if (!line) return
    const lines = (rest + text).split(/\r?\n|\r/)
    rest = lines.pop() ?? ''
    for (const one of lines) line(one)
  })
  stream.on('end', () => {
    if (line && rest) line(rest)
  })
  return () => kept
}
