import { test as base, expect } from 'vitest'
import type { Deployed } from '../../src/commands/deploy.ts'
import type { Pushed } from '../../src/commands/push.ts'
import type { Status } from '../../src/commands/status.ts'
import { DOCKERFILE, newUser, type User } from '../support/cli.ts'

const manifest = (port: number, path = '/') => `
app: demo
services:
  web:
    image: { build: ., port: ${port} }
    http: { healthcheck: { path: ${path}, grace_period: 2s } }
`

type Files = Readonly<Record<string, string>>

/** Nearly all of a failure is waiting for health checks and grace periods, so that users can do it side by side. */
const test = base.extend<{ userWith: (files: Files) => User }>({
  userWith: async ({ onTestFinished }, use) => use((files) => newUser({ docker: true, files, onTestFinished })),
}).concurrent

const working = { Dockerfile: DOCKERFILE, 'img2vid.yaml': manifest(8080) }

/** Deploys and returns what a script sees of the failure, with what differs from run to run taken out. */
async function failure(user: User, flags = '') {
  const ran = await user.img2vid(`deploy --local --yes --json${flags}`)
  const { error } = ran.json<{ error: { outcome: string; message: string; hint: string } }>()
  const [cause, ...more] = error.message.replace(/task [0-9a-f]{8}/, 'task 01234567').split('\n')
  return { exitCode: ran.exitCode, outcome: error.outcome, cause, more, hint: error.hint }
}

test('a deployment that failed after another leaves the other in service', async ({ userWith }) => {
  const user = userWith(working)
  const { services } = (await user.img2vid('deploy --local --yes --json')).json<Deployed>()
  user.write({ Dockerfile: DOCKERFILE.replace('EXPOSE', 'ENV PORT=none\nEXPOSE') })
  const failed = await user.img2vid('deploy --local --yes --json')
  expect([failed.exitCode, failed.json<{ error: { outcome: string } }>().error.outcome]).toEqual([4, 'rolled-back'])
  expect(await (await fetch(services.web?.url ?? '')).text()).toContain('It runs.')
  const { dev } = (await user.img2vid('status --local --json')).json<Status>().environments
  expect(dev?.services.web).toMatchObject({ running: 1, healthy: 1, image: services.web?.image })
})

test('a container that listens on another port', async ({ userWith }) => {
  expect(await failure(userWith({ Dockerfile: DOCKERFILE, 'img2vid.yaml': manifest(9090) }))).toEqual({
    exitCode: 1,
    outcome: 'failed',
    cause: 'web did not become healthy: nothing answered GET / on port 9090 for 2s',
    more: [
      '  last lines of web (task 01234567)',
      '    listening on port 8080',
      '  nothing of the service is left: it was its first deployment',
    ],
    hint: expect.stringMatching(
      /correct image\.port.*; then img2vid deploy --local --yes; img2vid why --local tells more$/,
    ),
  })
})

test('what looks like a secret in what a container or a build prints is in nothing that is told', async ({
  userWith,
}) => {
  const secret = ['hf_', 'abcdefghijklmnopqrstuvwx'].join('')
  const files = {
    Dockerfile: DOCKERFILE.replace('EXPOSE', `LABEL password=hunter2\nENV PORT=${secret}\nEXPOSE`),
    'img2vid.yaml': manifest(8080),
  }
  const ran = await userWith(files).img2vid('deploy --local --yes --json --events')
  expect(ran.exitCode).toBe(1)
  expect(ran.stdout).toContain('PORT is no port: [removed]')
  expect(ran.stderr).toContain('password=[removed]')
  expect(ran.stdout + ran.stderr).not.toMatch(/hunter2|hf_/)
})

test('a container that ends', async ({ userWith }) => {
  const files = { Dockerfile: DOCKERFILE.replace('EXPOSE', 'ENV PORT=none\nEXPOSE'), 'img2vid.yaml': manifest(8080) }
  expect(await failure(userWith(files))).toEqual({
    exitCode: 1,
    outcome: 'failed',
    cause: 'web did not stay up: its container exited with code 1, twice',
    more: [
      '  last lines of web (task 01234567)',
      '    PORT is no port: none',
      '  nothing of the service is left: it was its first deployment',
    ],
    hint: 'the lines above are its last words; then img2vid deploy --local --yes; img2vid why --local tells more',
  })
})

test('a command that is not in the image', async ({ userWith }) => {
  const files = { Dockerfile: DOCKERFILE.replace('["/server"]', '["/missing"]'), 'img2vid.yaml': manifest(8080) }
  const { exitCode, cause, hint } = await failure(userWith(files))
  expect([exitCode, cause, hint]).toEqual([
    1,
    expect.stringMatching(/^web could not be started: CannotStartContainerError: .*"\/missing".*no such file/s),
    'check the command and entry point of the image; then img2vid deploy --local --yes; img2vid why --local tells more',
  ])
})

test('a container that never becomes healthy', async ({ userWith }) => {
  const { exitCode, cause, hint } = await failure(
    userWith({
      Dockerfile: DOCKERFILE,
      'img2vid.yaml': manifest(8080).replace('grace_period: 2s', 'grace_period: 2s, success_codes: "204"'),
    }),
  )
  expect([exitCode, cause, hint]).toEqual([
    1,
    'web did not become healthy: GET / on port 8080 answered 200',
    expect.stringContaining('set http.healthcheck to a path that answers 204'),
  ])
})

test('a Dockerfile that does not build', async ({ userWith }) => {
  const { exitCode, cause, more, hint } = await failure(
    userWith({
      Dockerfile: 'FROM scratch\nCOPY nonesuch /\n',
      'img2vid.yaml': manifest(8080),
    }),
  )
  expect([exitCode, cause, hint]).toEqual([
    1,
    'The image of web could not be built',
    'mend Dockerfile, then run the same command again',
  ])
  expect(more.join('\n')).toContain('nonesuch')
})

test('a secret that is not there', async ({ userWith }) => {
  const withSecret = `${manifest(8080)}    secrets: { TOKEN: /demo/token }\n`
  const files = { Dockerfile: DOCKERFILE, 'img2vid.yaml': withSecret }
  const { exitCode, cause, hint } = await failure(userWith(files), ' --skip-checks')
  expect([exitCode, cause]).toEqual([1, expect.stringContaining('unable to retrieve secret from ssm')])
  expect(hint).toContain('create the secret /demo/token')
})

const refuse = (user: User, fault: string, operation: string) =>
  user.img2vid(`local fault add ${fault} --service registry --operation ${operation}`)

test('a push goes on over throttling, a broken connection and a login that expires', async ({ userWith }) => {
  const user = userWith(working)
  await refuse(user, 'throttle --times 1', 'InitiateLayerUpload')
  await refuse(user, 'disconnect --times 1', 'UploadLayerPart')
  await refuse(user, 'expired --times 1', 'CompleteLayerUpload')
  await refuse(user, 'error --status 503 --times 1', 'PutImage')
  const pushed = await user.img2vid('push --local --json')
  const again = [...pushed.stderr.matchAll(/pushing again: (.*)/g)].map(([, why]) => why)
  expect([pushed.exitCode, again]).toEqual([
    0,
    [
      'toomanyrequests: Rate exceeded',
      'denied: Your authorization token has expired. Reauthenticate and try again.',
      'received unexpected HTTP status: 503 Service Unavailable',
    ],
  ])
  const { images } = pushed.json<Pushed>()
  expect(images.web).toMatchObject({ pushed: true, image: expect.stringMatching(/@sha256:[0-9a-f]{64}$/) })
  expect((await user.img2vid('local fault list --json')).json()).toEqual({ faults: [] })
  const later = (await user.img2vid('push --local --json')).json<Pushed>()
  expect(later.images.web).toEqual({ ...images.web, pushed: false })
})

test.for([
  ['denied', 'denied: User: arn:aws:iam::000000000000:user/local is not authorized to perform: ecr:PutImage on'],
  ['error --status 500', 'received unexpected HTTP status: 500 Internal Server Error'],
] as const)(
  'a push that ends with %s fails the deployment, and the next one finishes it',
  async ([fault, why], { userWith }) => {
    const user = userWith(working)
    await refuse(user, fault, 'PutImage')
    const failed = await user.img2vid('deploy --local --yes --json')
    const { error } = failed.json<{ error: { outcome: string; message: string; hint: string } }>()
    expect([failed.exitCode, error.outcome, error.message.split('\n')[0], error.hint]).toEqual([
      1,
      'failed',
      expect.stringContaining(`The image of web could not be pushed: ${why}`),
      'run the same command again: what was pushed already is not pushed twice',
    ])
    const { dev } = (await user.img2vid('status --local --json')).json<Status>().environments
    expect(dev?.services.web?.running ?? 0).toBe(0)
    await user.img2vid('local fault clear')
    expect((await user.img2vid('deploy --local --yes --json')).exitCode).toBe(0)
  },
)
