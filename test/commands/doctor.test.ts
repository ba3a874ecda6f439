import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { IAM } from '@aws-sdk/client-iam'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { type Diagnosis, doctor, doctorOutcome, presentDoctor } from '../../src/commands/doctor.ts'
import { asAccount, withDocker } from '../support/account.ts'
import { flags, testWorld } from '../support/context.ts'

const files = {
  Dockerfile: 'FROM scratch\n',
  'img2vid.yaml': 'app: demo\nservices:\n  web: { image: { build: ., port: 8080 } }\n',
}
const ENGINE = { 'docker version': 'linux/amd64' }
const found = ({ checks }: Diagnosis) =>
  checks.flatMap(({ code, status, message }) => (status === 'ok' ? [] : [[code, status, message]]))

test('finds nothing in the way of an account that has what is needed, and changes nothing', async () => {
  const world = await testWorld({ files })
  await new IAM(world.aws.client).createServiceLinkedRole({ AWSServiceName: 'ecs.amazonaws.com' })
  const healthy = await doctor({ ...flags, local: false }, withDocker(asAccount(world), ENGINE))
  expect(doctorOutcome(healthy)).toBe('done')
  expect(presentDoctor(healthy).split('\n')).toEqual([
    'demo / dev in us-east-1 (account 000000000000)',
    '',
    '  code    state  what',
    '  CRED01  ok     the credentials',
    '  DOCK01  ok     the Docker engine',
    '  IAM02   ok     the role of ECS',
    '  QUO01   ok     the quota of VPCs',
    '  QUO01   ok     the quota of load balancers',
    '  NET03   ok     the sessions of web',
    '',
    'nothing stands in the way',
  ])
  expect((await new CloudFormation(world.aws.client).listStacks({})).StackSummaries).toEqual([])
})

test('names what is in the way, with a code and what mends it', async () => {
  const world = await testWorld({ files })
  world.aws.emulator.world.faults.add({ kind: 'quota', code: 'L-F678F1CE', limit: 1 })
  const ends = {
    expiration: new Date(world.context.clock.now().getTime() + 600_000),
    $source: { CREDENTIALS_ENV_VARS: 'g' },
  }
  const ill = await doctor({ ...flags, local: false }, asAccount(world, ends))
  expect(doctorOutcome(ill)).toBe('preflight')
  expect(found(ill)).toEqual([
    ['CRED01', 'warning', expect.stringMatching(/^the credentials in the environment end in \d minutes/)],
    ['DOCK01', 'error', 'No Docker engine answers: docker: not found'],
    ['IAM02', 'warning', expect.stringContaining('AWSServiceRoleForECS')],
    ['QUO01', 'error', 'a VPC is to be created, but us-east-1 has 1 and the quota is 1'],
  ])
  expect(presentDoctor(ill)).toMatch(
    /DOCK01 {2}error {4}No Docker engine answers: .*\n {19}next: install Docker and start it\n(.*\n)*\na deployment cannot succeed: 2 errors$/,
  )
})

test('CFN01: says how the stacks are, and that a rehearsal goes on without Docker', async () => {
  const world = await testWorld({ files })
  await deploy(flags, world.context)
  const { faults } = world.aws.emulator.world
  faults.add({ kind: 'stuck', stack: 'demo-dev-web', status: 'UPDATE_IN_PROGRESS', seconds: 86_400 })
  const busy = await doctor(flags, world.context)
  expect(busy).toMatchObject({ ok: true, local: true, tasks: 'simulated' })
  expect(found(busy)).toEqual([
    ['DOCK01', 'warning', 'No Docker engine answers: docker: not found'],
    ['CFN01', 'warning', 'demo-dev-web is being worked on (UPDATE_IN_PROGRESS)'],
  ])
})

test('CRED01: without valid credentials, Docker is looked at all the same', async () => {
  const world = await testWorld({ files })
  world.aws.emulator.world.faults.add({
    kind: 'error',
    service: 'sts',
    code: 'InvalidClientTokenId',
    status: 403,
    message: 'no',
  })
  const stranger = await doctor({ ...flags, local: false }, withDocker(asAccount(world), ENGINE))
  expect(stranger).toMatchObject({
    ok: false,
    account: null,
    region: null,
    checks: [
      {
        code: 'CRED01',
        status: 'error',
        message: 'There are no valid AWS credentials: no',
        hint: expect.stringContaining('aws sso login'),
      },
      { code: 'DOCK01', status: 'ok' },
    ],
  })
})

test('without a manifest: credentials and Docker', async () => {
  const world = await testWorld()
  const bare = await doctor({ ...flags, local: false }, withDocker(asAccount(world), ENGINE))
  expect([bare.ok, presentDoctor(bare).split('\n')]).toEqual([
    true,
    [
      'no manifest here; us-east-1 (account 000000000000)',
      '',
      '  code    state  what',
      '  CRED01  ok     the credentials',
      '  DOCK01  ok     the Docker engine',
      '',
      'nothing stands in the way',
    ],
  ])
})
