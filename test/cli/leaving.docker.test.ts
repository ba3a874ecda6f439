import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { DOCKERFILE, newUser } from '../support/cli.ts'

const BUSYBOX = '/bin/busybox'
/** A number that no other process has. */
const SECONDS = 600 + process.pid / 1e7
const SLOW = `FROM scratch\nCOPY busybox /bin/busybox\nRUN ["/bin/busybox", "sleep", "${SECONDS}"]\n`
const MANIFEST = 'app: demo\nservices: { web: { image: { build: ., port: 8080 } } }\n'

const commandLines = (): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')]
      } catch {
        return []
      }
    })

/** Of Docker, for a folder. */
const processesOf = (folder: string): string[] =>
  commandLines().filter((line) => line.startsWith('docker ') && line.includes(folder))

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(setImmediate)
}

test.runIf(existsSync(BUSYBOX))('an interrupted build leaves no docker behind', async () => {
  const user = newUser({ docker: true, files: { Dockerfile: SLOW, 'img2vid.yaml': MANIFEST } })
  copyFileSync(BUSYBOX, join(user.folder, 'busybox'))
  const building = async (command: string) => {
    const running = user.start(command)
    await running.said('image web  building')
    // Docker has nothing more to write, which would tell it that nobody reads.
    await until(() => commandLines().some((line) => line.includes(`sleep ${SECONDS}`)))
    running.signal('SIGINT')
    return running.ended
  }
  const ran = await building('deploy --local --yes --json')
  expect([ran.exitCode, ran.json<{ error: { outcome: string } }>().error.outcome]).toEqual([130, 'interrupted'])
  expect(processesOf(user.folder)).toEqual([])
  await until(() => !commandLines().some((line) => line.includes(`sleep ${SECONDS}`)))
  // Nobody asks what is to become of it: the signal ends it.
  expect(await building('build')).toMatchObject({ exitCode: -1 })
  await until(() => processesOf(user.folder).length === 0)
  await until(() => !commandLines().some((line) => line.includes(`sleep ${SECONDS}`)))
})

/** Docker as it is, but for what it is told to push with. */
const WATCHED = `#!/bin/sh
if [ "$1" = --config ]; then
  echo "$@" >> "$HOME/arguments"
  cp -r "$2" "$HOME/configuration"
fi
exec "$DOCKER" "$@"
`

test('a push has its password on no disk and in no argument', async () => {
  const user = newUser({ docker: true, files: { Dockerfile: DOCKERFILE, 'img2vid.yaml': MANIFEST } })
  const watched = join(user.folder, 'watched')
  mkdirSync(watched)
  writeFileSync(join(watched, 'docker'), WATCHED, { mode: 0o755 })
  const own = join(user.folder, 'tmp')
  const DOCKER = execFileSync('which', ['docker'], { encoding: 'utf8' }).trim()
  const env = { PATH: `${watched}:${process.env.PATH}`, DOCKER, XDG_CACHE_HOME: own }
  expect(await user.img2vid('push --local --yes', env)).toMatchObject({ exitCode: 0 })

  const [, configuration, verb, reference = '', ...more] = readFileSync(join(user.folder, 'arguments'), 'utf8')
    .trim()
    .split(/\s/)
  const [registry = ''] = reference.split('/')
  // Docker pushed at the first go: it got the password.
  expect([configuration?.startsWith(join(own, 'img2vid-')), verb, more]).toEqual([true, 'push', []])
  const kept = join(user.folder, 'configuration')
  expect(Object.fromEntries(readdirSync(kept).map((name) => [name, readFileSync(join(kept, name), 'utf8')]))).toEqual({
    'config.json': JSON.stringify({ credHelpers: { [registry]: 'img2vid' } }),
    'docker-credential-img2vid': '#!/bin/sh\nprintf %s "$IMG2VID_REGISTRY_LOGIN"\n',
    'docker-credential-img2vid.cmd': '@echo %IMG2VID_REGISTRY_LOGIN%\r\n',
  })
  expect(readdirSync(own).filter((name) => name.startsWith('img2vid-'))).toEqual([])
})
