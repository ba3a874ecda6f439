import { expect, test } from 'vitest'
import type { Status } from '../../src/commands/status.ts'
import { newUser } from '../support/cli.ts'
import { inTerminal } from '../support/terminal.ts'

const fargate = `
app: demo
services:
  web:
    image: { location: example.org/web@sha256:${'1'.repeat(64)}, port: 8080 }
    http: { healthcheck: { path: /health, grace_period: 2s } }
`
const gpu = `${fargate}    compute: gpu\n    instances: [g6.xlarge]\n`
const changed = `${fargate}    variables: { COLOUR: green }\n`

interface Row {
  /** What is deployed before something goes wrong, and then. */
  readonly manifests: readonly string[]
  readonly exitCode: number
  readonly outcome?: string
  /** The first line for everybody. */
  readonly says?: RegExp
  /** What a person is asked, and says. */
  readonly running: number
}

/** One row for each exit code; what else goes wrong is told in `test/commands/failures.test.ts`. */
const rows: Record<string, Row> = {
  'pull --message no-such-image': {
    manifests: [fargate],
    exitCode: 1,
    outcome: 'failed',
    says: /^web could not be started: CannotPullContainerError.*no-such-image/,
    running: 0,
  },
  'denied --service cloudformation --operation CreateStack': {
    manifests: [fargate],
    exitCode: 3,
    outcome: 'preflight',
    says: /^AWS does not allow it: User: .* is not authorized to perform: cloudformation:CreateStack/,
    running: 0,
  },
  'quota --limit 0': {
    manifests: [gpu],
    exitCode: 3,
    outcome: 'preflight',
    says: /^demo \/ dev cannot be deployed like this; nothing was changed$/,
    running: 0,
  },
  'expired --service cloudformation': {
    manifests: [fargate],
    exitCode: 5,
    outcome: 'lost-contact',
    says: /^The AWS credentials have expired: /,
    running: 0,
  },
  'fail --type AWS::ECS::Service --action update --when after': {
    manifests: [fargate, changed],
    exitCode: 4,
    outcome: 'rolled-back',
    says: /^demo-dev-web could not be updated, and AWS went back to what was there$/,
    running: 1,
  },
  'stuck --stack demo-dev-web --seconds 100000': {
    manifests: [fargate, changed],
    exitCode: 6,
    outcome: 'busy',
    says: /demo-dev-web is busy: UPDATE_IN_PROGRESS, which another/,
    running: 1,
  },
  'throttle --probability 0.2': { manifests: [fargate, changed], exitCode: 0, running: 1 },
}

test.each(Object.entries(rows))(
  '%s is told alike to a script, to CI and to a person',
  async (fault, { manifests: [first = '', second], exitCode, outcome, says, running }) => {
    const user = newUser({ files: { 'img2vid.yaml': first } })
    if (second !== undefined) {
      await user.img2vid('deploy --local --yes')
      user.write({ 'img2vid.yaml': second })
    }
    expect((await user.img2vid(`local fault add ${fault}`)).exitCode).toBe(0)
    const isSaid = (text: string) => says === undefined || text.split(/\r?\n/).some((line) => says.test(line.trim()))

    const json = await user.img2vid('deploy --local --yes --json')
    const { error } = json.json<{ error?: { outcome: string; message: string; hint: string } }>()
    expect([json.exitCode, error?.outcome]).toEqual([exitCode, outcome])
    expect(isSaid(error?.message.split('\n')[0] ?? '')).toBe(true)
    expect(error === undefined || /\w/.test(error.hint)).toBe(true)

    const ci = await user.img2vid('deploy --local --yes', { CI: 'true' })
    expect([ci.exitCode, ci.stdout === '', isSaid(ci.stderr)]).toEqual([exitCode, exitCode !== 0, true])

    const terminal = inTerminal(user, 'deploy --local --yes', { IMG2VID_LOCAL_DOCKER: '0' })
    const { exitCode: atTerminal, screen } = await terminal.end()
    expect([atTerminal, isSaid(screen)]).toEqual([exitCode, true])

    await user.img2vid('local fault clear')
    const { dev } = (await user.img2vid('status --local --json')).json<Status>().environments
    expect(dev?.services.web).toMatchObject({ running, healthy: running })
  },
)
