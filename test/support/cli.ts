import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { inject, onTestFinished } from 'vitest'

interface Ran {
  readonly exitCode: number
  readonly stdout: string
  readonly stderr: string
  /** Standard output as the one JSON document that it has to be. */
  json<Document = Record<string, never>>(): Document
}

export interface User {
  readonly folder: string
  /** Types a command; its words are separated by spaces. */
  img2vid(command: string, env?: Readonly<Record<string, string>>): Promise<Ran>
  /** The same, for what happens meanwhile. */
  start(command: string, env?: Readonly<Record<string, string>>): Running
  write(files: Readonly<Record<string, string>>): void
}

interface Running {
  /** Waits for words on either stream. */
  said(words: string): Promise<void>
  signal(name: NodeJS.Signals): void
  readonly ended: Promise<Ran>
}

/** The example's server: a static program, so that images need no base. */
const SERVER = new URL('../../example/server', import.meta.url)

/** Ten times as fast as for people. */
const SPEED = 600

export const DOCKERFILE = 'FROM scratch\nCOPY server /server\nEXPOSE 8080\nCMD ["/server"]\n'

export interface NewUser {
  readonly files?: Readonly<Record<string, string>>
  readonly docker?: boolean
  /** How many times faster than life its embedded AWS works. */
  readonly speed?: number
  /** Of a test that runs side by side with others of its file, the test's own. */
  readonly onTestFinished?: typeof onTestFinished
}

/** A user in an empty folder, with the packed program, no terminal, and nothing in the environment. */
export function newUser(options: NewUser = {}): User {
  const folder = join(tmpdir(), `img2vid-user-${randomUUID()}`)
  mkdirSync(folder, { recursive: true })
  copyFileSync(SERVER, join(folder, 'server'))
  // An image of its own: the engine builds upon layers that are there, which another test may be taking away.
  appendFileSync(join(folder, 'server'), folder)
  chmodSync(join(folder, 'server'), 0o755)
  const write = (files: Readonly<Record<string, string>>) => {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true })
      writeFileSync(join(folder, name), text)
    }
  }
  write(options.files ?? {})
  const path = options.docker ? (process.env.PATH ?? '') : onlyNode(folder)
  const start = (command: string, env: Readonly<Record<string, string>> = {}) =>
    run(inject('program'), command.split(' '), folder, {
      PATH: path,
      HOME: folder,
      XDG_CACHE_HOME: inject('cache'),
      AWS_EC2_METADATA_DISABLED: 'true',
      IMG2VID_LOCAL_SPEED: `${options.speed ?? SPEED}`,
      ...env,
    })
  const img2vid = (command: string, env?: Readonly<Record<string, string>>) => start(command, env).ended
  const finished = options.onTestFinished ?? onTestFinished
  finished(async () => {
    if (existsSync(join(folder, '.img2vid/local'))) await img2vid('local stop')
    rmSync(folder, { recursive: true, force: true })
  })
  return { folder, img2vid, start, write }
}

/** A path on which there is Node and nothing else: no docker, no git. */
function onlyNode(folder: string): string {
  const bin = join(folder, '.bin')
  mkdirSync(bin)
  symlinkSync(inject('node'), join(bin, 'node'))
  symlinkSync('/usr/bin/env', join(bin, 'env'))
  return bin
}

function run(program: string, args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Running {
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] })
  let stdout = ''
  let stderr = ''
  let awake = () => {}
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text
    awake()
  })
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text
    awake()
  })
  const ended = new Promise<Ran>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      resolve({ exitCode: code ?? -1, stdout, stderr, json: () => JSON.parse(stdout) })
      awake()
    })
  })
  return {
    ended,
    signal: (name) => child.kill(name),
    async said(words) {
      while (!stderr.includes(words) && !stdout.includes(words)) {
        if (child.exitCode !== null) throw new Error(`The program ended before it said "${words}":\n${stderr}`)
        await new Promise<void>((resolve) => {
          awake = resolve
        })
      }
    },
  }
}
