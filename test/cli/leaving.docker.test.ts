import { copyFileSync, existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { newUser } from '../support/cli.ts'

const BUSYBOX = '/bin/busybox'
const SLOW = 'FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "sleep", "60"]\n'
const MANIFEST = 'app: demo\nservices: { web: { image: { build: ., port: 8080 } } }\n'

/** Command lines of processes that name a folder. */
const processesOf = (folder: string): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]
      } catch {
        return []
      }
    })
    .filter((line) => line.startsWith('docker ') && line.includes(folder))

test.runIf(existsSync(BUSYBOX))('an interrupted build leaves no docker behind', async () => {
  const user = newUser({ docker: true, files: { Dockerfile: SLOW, 'img2vid.yaml': MANIFEST } })
  copyFileSync(BUSYBOX, join(user.folder, 'busybox'))
  const deploying = user.start('deploy --local --yes --json')
  await deploying.said('image web  building')
  while (processesOf(user.folder).length === 0) await new Promise(setImmediate)
  deploying.signal('SIGINT')
  const ran = await deploying.ended
  expect([ran.exitCode, ran.json<{ error: { outcome: string } }>().error.outcome]).toEqual([130, 'interrupted'])
  expect(processesOf(user.folder)).toEqual([])
})
