import { spawn } from 'node:child_process'
import { stripVTControlCharacters } from 'node:util'
import { inject } from 'vitest'
import type { User } from './cli.ts'

export const KEYS = { enter: '\r', down: '\x1b[B', up: '\x1b[A', space: ' ', interrupt: '\x03' }

/** A program in a terminal of its own, and somebody who waits for words on the screen before pressing keys. */
export interface Terminal {
  /** Waits until the words appear after what was seen last, then types. */
  answer(words: string, keys: string): Promise<void>
  /** Resolves to the exit code and everything that was on the screen, without its colours. */
  end(): Promise<{ readonly exitCode: number; readonly screen: string }>
}

/** By `script`, which is on every Linux: it makes a pseudo terminal. */
export function inTerminal(user: User, command: string, env: Readonly<Record<string, string>> = {}): Terminal {
  const child = spawn(
    'script',
    ['--quiet', '--return', '--command', `exec ${inject('program')} ${command}`, '/dev/null'],
    {
      cwd: user.folder,
      env: {
        PATH: process.env.PATH ?? '',
        HOME: user.folder,
        XDG_CACHE_HOME: inject('cache'),
        TERM: 'xterm-256color',
        COLUMNS: '100',
        IMG2VID_LOCAL_SPEED: '600',
        ...env,
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  )
  let screen = ''
  let seen = 0
  let awake = () => {}
  child.stdout.setEncoding('utf8').on('data', (text) => {
    screen += stripVTControlCharacters(text)
    awake()
  })
  const ended = new Promise<number>((resolve) => {
    child.on('close', (code) => {
      resolve(code ?? -1)
      awake()
    })
  })
  return {
    async answer(words, keys) {
      while (screen.indexOf(words, seen) < 0) {
        if (child.exitCode !== null) throw new Error(`The program ended before it said "${words}":\n${screen}`)
        await new Promise<void>((resolve) => {
          awake = resolve
        })
      }
      seen = screen.indexOf(words, seen) + words.length
      child.stdin.write(keys)
    },
    async end() {
      return { exitCode: await ended, screen }
    },
  }
}
