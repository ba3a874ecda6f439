import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { isAlive } from '../../src/host/lock.ts'

test.runIf(process.platform === 'linux')(
  'a process that has ended is not alive, even while its parent does not know',
  async () => {
    // A shell that becomes a sleep never asks what became of its child.
    const parent = spawn('sh', ['-c', 'true & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const child = Number(String(line))
    for (let looks = 0; isAlive(child) && looks < 1000; looks++) await new Promise(setImmediate)
    expect([isAlive(child), isAlive(parent.pid ?? 0), isAlive(process.pid)]).toEqual([false, true, true])
    parent.kill()
  },
)
