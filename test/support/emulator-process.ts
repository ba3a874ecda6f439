import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { inject, onTestFinished } from 'vitest'
import type { ServerSettings } from '../../src/emulator/main.ts'

/** The program of the embedded AWS, beside that of the command line. */
export const emulatorProgram = (): string => join(dirname(realpathSync(inject('program'))), 'serve.js')

export interface EmulatorProcess {
  readonly child: ChildProcess
  readonly port: number
  /** Ends it and waits until it is gone; resolves to its exit code or the signal. */
  end(signal: NodeJS.Signals): Promise<number | NodeJS.Signals>
}

/** The embedded AWS as a process of its own, without containers, as img2vid starts it. */
export async function emulatorProcess(
  directory: string,
  settings: Partial<ServerSettings> = {},
): Promise<EmulatorProcess> {
  const all: ServerSettings = { directory, id: 'test', speed: 1_000, patience: 1_000, docker: false, ...settings }
  const child = spawn(inject('node'), [emulatorProgram(), JSON.stringify(all)], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  const exited = once(child, 'exit')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  const [message] = await Promise.race([
    once(child, 'message'),
    exited.then(([code]) => {
      throw new Error(`the embedded AWS ended with ${code}`)
    }),
  ])
  return {
    child,
    port: (message as { port: number }).port,
    async end(signal) {
      child.kill(signal)
      const [code, by] = await exited
      return code ?? by
    },
  }
}
