import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

export interface SeparateEngine {
  /** What DOCKER_HOST has to be to reach it. */
  readonly host: string
  close(): Promise<void>
}

/** A second engine whose loopback is another one; undefined where nobody may start one, which takes root. */
export async function separateEngine(): Promise<SeparateEngine | undefined> {
  const folder = mkdtempSync(join(tmpdir(), 'img2vid-engine-'))
  const host = `unix://${folder}/docker.sock`
  const options = [
    `--host=${host}`,
    ...['data-root', 'exec-root', 'pidfile'].map((name) => `--${name}=${folder}/${name}`),
    '--bridge=none',
    '--iptables=false',
  ]
  const script = 'ip link set lo up; exec dockerd "$@"'
  const daemon = spawn('unshare', ['--net', 'sh', '-c', script, 'sh', ...options], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = once(daemon, 'close')
  const failed = ended.then(
    () => false,
    () => false,
  )
  const listening = new Promise<boolean>((resolve) => {
    createInterface({ input: daemon.stderr }).on('line', (line) => {
      if (line.includes('API listen on')) resolve(true)
    })
  })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  if (!(await Promise.race([listening, failed]))) {
    remove()
    return undefined
  }
  return {
    host,
    async close() {
      daemon.kill('SIGTERM')
      await failed
      remove()
    },
  }
}
