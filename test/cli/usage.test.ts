import { spawnSync } from 'node:child_process'
import { existsSync, openSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, inject, test } from 'vitest'
import type { Deployed } from '../../src/commands/deploy.ts'
import { DOCKERFILE, newUser } from '../support/cli.ts'

const MANIFEST = `
app: demo
services:
  web: { image: { build: ., port: 8080 } }
environments:
  dev: {}
  prod: { region: eu-west-1 }
`
const files = { Dockerfile: DOCKERFILE, 'img2vid.yaml': MANIFEST }

const PREBUILT = `
app: demo
services:
  web: { image: { location: example.org/web@sha256:${'1'.repeat(64)}, port: 8080 } }
`

interface Failure {
  readonly error: { outcome: string; message: string; hint: string | null; problems: { path?: string }[] }
}

test.each([
  ['deploy --nonsense', 2, 'usage', "unknown option '--nonsense'"],
  ['nonsense', 2, 'usage', "unknown command 'nonsense'"],
  [
    'deploy --tag git-1',
    2,
    'usage',
    '--tag wants letters, digits, dots, hyphens and underscores (content-, git- and simulated- are taken), not git-1',
  ],
  ['deploy --port many', 2, 'usage', '--port wants a whole number, not many'],
  [
    'deploy --compute moon',
    2,
    'usage',
    "option '--compute <kind>' argument 'moon' is invalid. Allowed choices are fargate, ec2, gpu.",
  ],
  ['deploy --env dev', 2, 'usage', 'There is no terminal to ask at, and these answers are missing'],
  ['deploy --yes', 2, 'usage', 'There are several environments: dev, prod'],
  ['deploy --yes --env test', 2, 'usage', 'img2vid.yaml has no environment test'],
  ['deploy --yes --env dev', 2, 'usage', 'No AWS region is set'],
  [
    'deploy --yes --env prod',
    3,
    'preflight',
    'There are no valid AWS credentials: Could not load credentials from any providers',
  ],
  ['build --env dev', 3, 'preflight', 'No Docker engine answers: docker: not found'],
  ['destroy --env dev --local', 2, 'usage', 'There is no terminal to ask at, and these answers are missing'],
  ['local reset', 2, 'usage', 'There is no terminal to ask at, and these answers are missing'],
  ['init', 2, 'usage', 'img2vid.yaml is there already and was left as it is'],
])('%s ends with %i and one JSON document', async (command, exitCode, outcome, message) => {
  const user = newUser({ files })
  const ran = await user.img2vid(`${command} --json`)
  expect([ran.exitCode, ran.json<Failure>().error.outcome, ran.json<Failure>().error.message.split('\n')[0]]).toEqual([
    exitCode,
    outcome,
    message,
  ])
  expect(readFileSync(join(user.folder, 'img2vid.yaml'), 'utf8')).toBe(MANIFEST)
  expect(readdirSync(user.folder).sort()).toEqual(['.bin', 'Dockerfile', 'img2vid.yaml', 'server'])
})

test('doctor: what it finds is its result, and its exit code says whether something is in the way', async () => {
  const user = newUser({ files })
  const stranger = await user.img2vid('doctor --env prod --json')
  expect([stranger.exitCode, stranger.json()]).toMatchObject([
    3,
    {
      ok: false,
      app: 'demo',
      environment: 'prod',
      account: null,
      checks: [
        { code: 'CRED01', status: 'error' },
        { code: 'DOCK01', status: 'error' },
      ],
    },
  ])
  const rehearsal = await user.img2vid('doctor --env dev --local')
  expect([
    rehearsal.exitCode,
    rehearsal.stdout.split('\n')[0],
    rehearsal.stdout.trimEnd().split('\n').slice(-2),
  ]).toEqual([
    0,
    'demo / dev in us-east-1 (account 000000000000)',
    [
      'nothing stands in the way; 1 warning',
      'on the embedded AWS, with simulated tasks: there is no Docker engine, and no container ran',
    ],
  ])
})

test('a deploy says no before anything is changed, with a code and what mends it for each finding', async () => {
  const withSecret = MANIFEST.replace('port: 8080 }', 'port: 8080 }, secrets: { TOKEN: /demo/token }')
  const user = newUser({ files: { ...files, 'img2vid.yaml': withSecret } })
  const ran = await user.img2vid('deploy --env dev --local --yes')
  expect([ran.exitCode, ran.stdout, ran.stderr.trimEnd().split('\n')]).toEqual([
    3,
    '',
    [
      'demo / dev cannot be deployed like this; nothing was changed',
      '  IAM01  web: TOKEN comes from the SSM parameter /demo/token, which does not exist in us-east-1',
      '         next: aws ssm put-parameter --type SecureString --name /demo/token --value … --region us-east-1; eval "$(img2vid local env)" first',
      '',
      '  next: mend it, then run img2vid deploy --env dev --local again; img2vid deploy --env dev --local --skip-checks goes on all the same',
    ],
  ])
  expect((await user.img2vid('deploy --help')).stdout).toMatch(/--skip-checks +go on without looking beforehand/)
})

test('reports every problem of a manifest with its place', async () => {
  const broken =
    'app: demo\nservices:\n  web:\n    image: { build: ., port: 8080 }\n    cpu: 300\n    memory: 512\n    memroy: 1024\n    gpus: 1\n'
  const user = newUser({ files: { 'img2vid.yaml': broken } })
  const ran = await user.img2vid('render')
  expect([ran.exitCode, ran.stdout, ran.stderr.split('\n')]).toEqual([
    2,
    '',
    [
      'img2vid.yaml has 3 problems',
      '  5:10  services.web.cpu     300 is no Fargate size; valid with 512 MiB are 256',
      '  7:5   services.web.memroy  unknown; did you mean memory?',
      '  8:11  services.web.gpus    Fargate has no GPUs; set compute: gpu, or leave it out',
      '',
    ],
  ])
})

test('takes flags from the environment, and lets a flag win', async () => {
  const user = newUser({ files })
  const rendered = async (command: string, env = {}) =>
    (await user.img2vid(command, env)).json<{ environment: string }>().environment
  expect(await rendered('render --json', { IMG2VID_ENV: 'prod' })).toBe('prod')
  expect(await rendered('render --env dev', { IMG2VID_ENV: 'prod', IMG2VID_JSON: '1' })).toBe('dev')
  expect((await user.img2vid('render --env dev', { IMG2VID_JSON: 'false' })).stdout).toMatch(/^# Stack demo\n/)
})

test('renders files that deploy by themselves, without credentials and without Docker', async () => {
  const user = newUser({ files })
  const { stacks } = (await user.img2vid('render --env dev --out rendered --json')).json<{
    stacks: { name: string; parameters: object[] }[]
  }>()
  expect(stacks.map(({ name }) => name)).toEqual(['demo', 'demo-dev', 'demo-dev-web'])
  expect(readdirSync(join(user.folder, 'rendered')).sort()).toEqual(
    stacks.flatMap(({ name }) => [`${name}.parameters.json`, `${name}.yaml`]).sort(),
  )
  for (const { name, parameters } of stacks) {
    expect(JSON.parse(readFileSync(join(user.folder, `rendered/${name}.parameters.json`), 'utf8'))).toEqual(parameters)
  }
})

test('ends well where there is no Docker engine, and says that tasks are simulated', async () => {
  const user = newUser({ files: { Dockerfile: DOCKERFILE } })
  const deployed = await user.img2vid('deploy --local --yes --app demo')
  expect([deployed.exitCode, deployed.stdout]).toEqual([
    0,
    expect.stringContaining('with simulated tasks: there is no Docker engine'),
  ])
  const again = (await user.img2vid('deploy --local --yes --json')).json<Deployed>()
  expect(again).toMatchObject({ changed: false, tasks: 'simulated' })
  expect(await (await fetch(again.services.web?.url ?? '')).text()).toContain('no Docker engine ran it')
  expect((await user.img2vid('destroy --local --yes --images --json')).json()).toMatchObject({ left: [], images: 1 })
})

test('tells what goes on as lines of JSON', async () => {
  const user = newUser({ files: { Dockerfile: DOCKERFILE } })
  const { stderr } = await user.img2vid('deploy --local --yes --json --events --app demo')
  const events = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; lane?: string; state?: string; resource?: string })
  const ended = (state: string) =>
    new Set(events.filter((one) => one.type === 'lane' && one.state === state).map(({ lane }) => lane))
  expect([...ended('done')].sort()).toEqual(['demo', 'demo-dev', 'demo-dev-web', 'image web'])
  expect(
    events.filter(({ type, state, resource }) => type === 'resource' && state === 'done' && resource === 'TaskService'),
  ).toHaveLength(1)
})

test('prints the lines that point other clients at the embedded AWS', async () => {
  const user = newUser({ files })
  const { stdout } = await user.img2vid('local env --region eu-west-1')
  const { endpoint } = (await user.img2vid('local status --json')).json<{ endpoint: string }>()
  expect(stdout.trim().split('\n')).toEqual([
    `export AWS_ENDPOINT_URL=${endpoint}`,
    'export AWS_ACCESS_KEY_ID=img2vid-local',
    'export AWS_SECRET_ACCESS_KEY=img2vid-local',
    'export AWS_REGION=eu-west-1',
    'export AWS_DEFAULT_REGION=eu-west-1',
  ])
  expect(readFileSync(join(user.folder, '.img2vid/.gitignore'), 'utf8')).toBe('*\n')
})

test('asks the embedded AWS whatever is configured for AWS itself', async () => {
  const user = newUser({ files })
  const before = await user.img2vid('status --local --json')
  const configured = {
    AWS_USE_FIPS_ENDPOINT: 'true',
    AWS_USE_DUALSTACK_ENDPOINT: 'true',
    AWS_DEFAULTS_MODE: 'unknown',
    AWS_ENDPOINT_URL: 'http://127.0.0.1:9',
  }
  const { exitCode, stdout, stderr } = await user.img2vid('status --local --json', configured)
  expect([exitCode, stderr, stdout]).toEqual([0, '', before.stdout])
})

test('asks AWS by the credentials, the endpoint and the region of the environment, signed and with what the SDK does by itself', async () => {
  const image = `example.org/web@sha256:${'1'.repeat(64)}`
  const manifest = `app: demo\nservices:\n  web: { image: { location: "${image}", port: 8080 } }\n`
  const user = newUser({ files: { 'img2vid.yaml': manifest }, speed: 6_000 })
  const { stdout } = await user.img2vid('local env --region eu-west-1')
  const exported = Object.fromEntries(stdout.match(/AWS_\w+=\S+/g)?.map((pair) => pair.split('=')) ?? [])
  const deployed = await user.img2vid('deploy --yes --json', exported)
  expect([deployed.exitCode, deployed.stderr]).toEqual([0, expect.not.stringContaining('img2vid-local')])
  expect((await user.img2vid('status --json', exported)).json()).toMatchObject({
    environments: { dev: { region: 'eu-west-1', services: { web: { running: 1, healthy: 1, image } } } },
  })
  expect((await user.img2vid('destroy --yes', exported)).exitCode).toBe(0)
})

test('orders faults in the embedded AWS of the folder, in words and as JSON', async () => {
  const user = newUser()
  const add = await user.img2vid('local fault add throttle --service ecs --operation UpdateService --times 3')
  expect([add.exitCode, add.stdout]).toEqual([0, 'fault-1 throttle times=3 service=ecs operation=UpdateService\n'])
  const spot = await user.img2vid('local fault add no-capacity --instance-type g6.xlarge --no-spot --json')
  const second = { id: 'fault-2', kind: 'no-capacity', struck: 0, instanceType: 'g6.xlarge', spot: false }
  expect([spot.exitCode, spot.json()]).toEqual([0, second])

  const wrong = await user.img2vid('local fault add slow --zone a --json')
  expect([wrong.exitCode, wrong.json<Failure>().error]).toMatchObject([
    2,
    {
      outcome: 'usage',
      message: 'This fault cannot be ordered',
      problems: [{ path: '--seconds' }, { path: '--zone' }],
    },
  ])
  const unknown = await user.img2vid('local fault add throttle --nonsense')
  expect([unknown.exitCode, unknown.stderr.split('\n')[0]]).toEqual([2, "unknown option '--nonsense'"])

  expect((await user.img2vid('local fault clear fault-1')).stdout).toBe('1 fault taken back\n')
  expect((await user.img2vid('local fault list --json')).json()).toEqual({ faults: [second] })
  await user.img2vid('local stop')
  const stopped = await user.img2vid('local fault list')
  expect([stopped.exitCode, stopped.stderr.split('\n')[0]]).toEqual([1, 'The embedded AWS of this folder does not run'])
  const help = await user.img2vid('local fault add --help')
  expect([help.exitCode, help.stdout]).toEqual([
    0,
    expect.stringContaining('no-capacity          there is no such instance'),
  ])
})

const FULL = '/dev/full'

test.skipIf(!existsSync(FULL)).each(['--version', '--help --json', 'build --help'])(
  '%s says that there is no room for what it prints',
  (words) => {
    const { status, stderr } = spawnSync(inject('program'), words.split(' '), {
      stdio: ['ignore', openSync(FULL, 'w'), 'pipe'],
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([
      1,
      'standard output cannot be written: there is no room left\n\n  next: make room on the disk, and run the same again\n',
    ])
  },
)

test.skipIf(!existsSync(FULL))('progress for which there is no room ends no deployment', async () => {
  const { folder } = newUser({ files: { 'img2vid.yaml': PREBUILT } })
  const { status, stdout } = spawnSync(inject('program'), ['deploy', '--local', '--yes', '--json'], {
    cwd: folder,
    env: { PATH: join(folder, '.bin'), HOME: folder, XDG_CACHE_HOME: inject('cache'), IMG2VID_LOCAL_SPEED: '600' },
    stdio: ['ignore', 'pipe', openSync(FULL, 'w')],
    encoding: 'utf8',
  })
  expect([status, JSON.parse(stdout).services]).toMatchObject([0, { web: { changed: true } }])
})
