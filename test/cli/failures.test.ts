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

/** What goes wrong; the manifest; how it ends for scripts, and the first line of the message for everybody. */
const faults: Record<string, [manifest: string, exitCode: number, outcome: string, message: RegExp]> = {
  'pull --message no-such-image': [
    fargate,
    1,
    'failed',
    /^web could not be started: CannotPullContainerError.*no-such-image/,
  ],
  'exit --code 3': [fargate, 1, 'failed', /^web did not stay up: its container exited with code 3/],
  'out-of-memory': [fargate, 1, 'failed', /^web did not stay up: its container ran out of memory/],
  'unhealthy-target --status 500': [
    fargate,
    1,
    'failed',
    /^web did not become healthy: GET \/health on port 8080 answered 500/,
  ],
  'fail --type AWS::ECS::Cluster --action create --message no-cluster-today': [
    fargate,
    1,
    'failed',
    /^demo-dev failed: ROLLBACK_COMPLETE$/,
  ],
  'denied --service cloudformation --operation CreateStack': [
    fargate,
    3,
    'preflight',
    /^AWS does not allow it: User: .* is not authorized to perform: cloudformation:CreateStack/,
  ],
  'expired --service cloudformation': [fargate, 5, 'lost-contact', /^The AWS credentials have expired: /],
  'quota --limit 0': [gpu, 3, 'preflight', /^demo \/ dev cannot be deployed like this; nothing was changed$/],
}

test.each(Object.entries(faults))(
  '%s is told alike to a script, to CI and to a person',
  async (fault, [manifest, exitCode, outcome, message]) => {
    const user = newUser({ files: { 'img2vid.yaml': manifest } })
    await user.img2vid('local start')
    expect((await user.img2vid(`local fault add ${fault}`)).exitCode).toBe(0)

    const json = await user.img2vid('deploy --local --yes --json')
    const { error } = json.json<{ error: { outcome: string; message: string; hint: string } }>()
    const [first = ''] = error.message.split('\n')
    expect([json.exitCode, error.outcome, first]).toEqual([exitCode, outcome, expect.stringMatching(message)])
    expect(error.hint).toMatch(/\w/)

    const ci = await user.img2vid('deploy --local --yes', { CI: 'true' })
    expect([ci.exitCode, ci.stdout, ci.stderr.split('\n').some((line) => message.test(line))]).toEqual([
      exitCode,
      '',
      true,
    ])

    const { exitCode: atTerminal, screen } = await inTerminal(user, 'deploy --local --yes', {
      IMG2VID_LOCAL_DOCKER: '0',
    }).end()
    expect([atTerminal, screen.split(/\r?\n/).some((line) => message.test(line.trim()))]).toEqual([exitCode, true])

    await user.img2vid('local fault clear')
    const { environments } = (await user.img2vid('status --local --json')).json<Status>()
    expect(environments.dev?.services.web).toMatchObject({ running: 0, healthy: 0, url: null })
  },
)
