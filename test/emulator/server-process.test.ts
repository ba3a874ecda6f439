import { once } from 'node:events'
import { readFileSync, statSync, watch } from 'node:fs'
import { join } from 'node:path'
import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/emulator/random.ts'
import { readState } from '../../src/emulator/store.ts'
import { emulatorProcess } from '../support/emulator-process.ts'
import { temporaryFolder } from '../support/folder.ts'
import { clientOf } from '../support/server.ts'

const DEATHS = 12

/** Makes the state so large that it takes its time to write. */
async function fill(port: number): Promise<void> {
  const secrets = new SecretsManager(clientOf(port))
  const SecretString = 'x'.repeat(60_000)
  for (let number = 0; number < 50; number++) await secrets.createSecret({ Name: `${number}`, SecretString })
}

test('killed in the middle of a write, again and again, it has lost nothing that was there a write before', {
  timeout: 60_000,
}, async () => {
  const directory = temporaryFolder()
  const random = seededRandom(5)
  const file = join(directory, 'state.json')
  let port: number | undefined
  let made = 0
  let kept = 0
  for (let death = 0; death < DEATHS; death++) {
    const server = await emulatorProcess(directory, port === undefined ? {} : { port })
    expect(server.port).toBe(port ?? server.port)
    port = server.port
    server.child.send('recorded')
    const logs = new CloudWatchLogs(clientOf(port))
    if (death === 0) await fill(port)
    const groups = await logs.describeLogGroups({})
    expect(groups.logGroups?.length).toBeGreaterThanOrEqual(Math.min(kept, 50))

    // The knife falls while a new file is being written, after as many writes as chance says.
    let writes = Math.floor(random.fraction() * 6)
    const watcher = watch(directory)
    const dead = new Promise<unknown>((resolve) => {
      watcher.on('change', (_type, name) => {
        if (name === 'state.json.new' && writes-- <= 0) resolve(server.end('SIGKILL'))
      })
    })
    let alive = true
    dead.then(() => {
      alive = false
    })
    const createGroup = () =>
      logs.createLogGroup({ logGroupName: `group-${made++}-${'x'.repeat(400)}` }).catch(() => {})
    while (alive) {
      const touched = once(watcher, 'change')
      await Promise.all(Array.from({ length: 5 }, createGroup))
      await Promise.race([touched, dead])
    }
    watcher.close()
    logs.destroy()

    const saved = Object.keys(readState(file).regions['us-east-1']?.logs.groups ?? {}).length
    expect(saved).toBeGreaterThanOrEqual(kept)
    expect(statSync(file).mode & 0o777).toBe(0o600)
    kept = saved
  }
  expect(kept).toBeGreaterThan(DEATHS)
})

test('ends on SIGTERM with everything saved, and hears it once only', async () => {
  const directory = temporaryFolder()
  const server = await emulatorProcess(directory)
  server.child.send('recorded')
  await new CloudWatchLogs(clientOf(server.port)).createLogGroup({ logGroupName: 'last' })
  server.child.kill('SIGTERM')
  expect(await server.end('SIGTERM')).toBe(0)
  expect(readFileSync(join(directory, 'state.json'), 'utf8')).toContain('"last"')
})

test('ends by itself when it loses its parent before it was written down where it is', async () => {
  const server = await emulatorProcess(temporaryFolder())
  const exited = once(server.child, 'exit')
  server.child.disconnect()
  expect(await exited).toEqual([0, null])
})

test('goes on without its parent once it was written down where it is', async () => {
  const server = await emulatorProcess(temporaryFolder())
  server.child.send('recorded')
  await once(server.child, 'disconnect')
  expect((await fetch(`http://127.0.0.1:${server.port}/_embedded/health`)).status).toBe(200)
})
