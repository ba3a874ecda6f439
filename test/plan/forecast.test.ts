import { expect, test } from 'vitest'
import { credentialsFindings } from '../../src/plan/forecast/account.ts'
import { engineFindings } from '../../src/plan/forecast/docker.ts'
import { demandsOf, offeringFindings } from '../../src/plan/forecast/instances.ts'
import { addressFindings, privateReachFindings, reachFindings, zoneFindings } from '../../src/plan/forecast/network.ts'
import { secretUses } from '../../src/plan/forecast/secrets.ts'
import { stackFindings } from '../../src/plan/forecast/stacks.ts'
import type { Service } from '../../src/plan/manifest/model.ts'
import { actionFor } from '../../src/plan/stack-status.ts'
import { environmentOf } from '../support/manifests.ts'

const subnet = (id: string, more: object = {}) => ({
  id,
  vpc: 'vpc-1',
  zone: `us-east-1${id}`,
  freeAddresses: 100,
  leadsTo: 'internet' as const,
  ...more,
})

test('GPU02 says where types are offered that are not where they are wanted', () => {
  const offerings = [
    { type: 'p5.48xlarge', zone: 'us-east-1d' },
    { type: 'p4d.24xlarge', zone: 'us-east-1c' },
  ]
  const demand = { service: 'web', types: ['p5.48xlarge', 'p4d.24xlarge'], instances: 1, spot: false }
  expect(offeringFindings(demand, offerings, ['us-east-1a', 'us-east-1b'], 'us-east-1')).toEqual([
    {
      code: 'GPU02',
      severity: 'error',
      service: 'web',
      message: 'p5.48xlarge or p4d.24xlarge are not offered in us-east-1a or us-east-1b',
      hint: 'name subnets in us-east-1c or us-east-1d under network.vpc.subnets.public, or other types under services.web.instances',
    },
  ])
  expect(offeringFindings(demand, offerings, ['us-east-1c', 'us-east-1d'], 'us-east-1')).toEqual([])
})

test('NET01 warns of a subnet behind a NAT gateway, and does not ask for endpoints then', async () => {
  const network = {
    kind: 'existing',
    vpc: 'vpc-1',
    subnets: ['a', 'b'],
    privateSubnets: [],
    securityGroups: [],
  } as const
  const subnets = [subnet('a'), subnet('b', { leadsTo: 'elsewhere' })]
  const endpoints = () => Promise.reject(new Error('asked'))
  expect(await reachFindings(network, subnets, 'us-east-1', endpoints)).toMatchObject([
    { code: 'NET01', severity: 'warning', message: expect.stringMatching(/^b is a private subnet/) },
  ])
})

test('NET01 wants a way out of private subnets that tasks without public addresses can go', async () => {
  const network = {
    kind: 'existing',
    vpc: 'vpc-1',
    subnets: [],
    privateSubnets: ['a', 'b', 'c', 'd'],
    securityGroups: [],
  } as const
  const subnets = [subnet('a'), subnet('b', { leadsTo: 'elsewhere' }), subnet('c', { leadsTo: 'nowhere' })]
  const found = async (there: readonly string[]) =>
    (await privateReachFindings(network, subnets, 'us-east-1', async () => there)).map(({ message }) => message)
  const missing = 'd does not exist in us-east-1'
  expect([await found(['s3', 'logs']), await found(['ecr.api', 'ecr.dkr', 's3', 'logs'])]).toEqual([
    [
      missing,
      'a leads to an internet gateway, which private tasks, without public addresses, cannot use: they get neither image nor logs',
      'c has no way out: tasks there get neither image nor logs',
    ],
    [missing],
  ])
})

test('NET02 counts tasks and the load balancer together', () => {
  const subnets = [subnet('a', { freeAddresses: 10 }), subnet('b', { freeAddresses: 9 })]
  expect(addressFindings(subnets, true, 17)).toEqual([])
  expect(addressFindings(subnets, false, 19)).toEqual([])
  expect(addressFindings(subnets, true, 18)).toMatchObject([
    { code: 'NET02', message: 'free addresses in the subnets: 19; 20 are wanted' },
  ])
  expect(zoneFindings(subnets)).toEqual([])
})

test('IAM01 asks for secrets of the region by the name or ARN that AWS knows', () => {
  const secrets = {
    A: 'plain',
    B: 'arn:aws:ssm:us-east-1:123456789012:parameter/b',
    C: 'arn:aws:ssm:eu-west-1:123456789012:parameter/c',
    D: { secretsmanager: 'name:key:AWSCURRENT:' },
  }
  const E = { secretsmanager: 'arn:aws:secretsmanager:us-east-1:123456789012:secret:e-AbCdEf:key::' }
  const settings = { secrets, sidecars: { proxy: { image: 'x', secrets: { E } } } }
  const uses = secretUses([{ name: 'web', settings } as unknown as Service], 'us-east-1')
  expect(uses.map(({ variable, id }) => [variable, id])).toEqual([
    ['A', 'plain'],
    ['B', 'arn:aws:ssm:us-east-1:123456789012:parameter/b'],
    ['D', 'name'],
    ['E', 'arn:aws:secretsmanager:us-east-1:123456789012:secret:e-AbCdEf'],
  ])
})

test('CRED01 warns of credentials that end within half an hour', () => {
  const now = new Date('2026-01-01T12:00:00Z')
  const minutes = (count: number) => credentialsFindings(new Date(now.getTime() + count * 60_000), now)
  expect([credentialsFindings(undefined, now), minutes(30)]).toEqual([[], []])
  expect(minutes(29.5)).toMatchObject([
    { code: 'CRED01', severity: 'warning', message: expect.stringContaining('end in 29 minutes') },
  ])
  expect(minutes(-5)).toMatchObject([{ message: expect.stringContaining('end in 0 minutes') }])
})

test('DOCK01 knows which platforms an engine emulates', async () => {
  const ran = (stdout: string, exitCode = 0) => ({ exitCode, stdout, stderr: 'Cannot connect' })
  const engine = (platforms: readonly string[], builder = ran('', 1)) =>
    engineFindings(ran('linux/amd64\n'), platforms, async () => builder)
  const builder = ran('Name: default\nPlatforms: linux/amd64*, linux/arm64, linux/386\n')
  expect([await engine(['linux/amd64']), await engine(['linux/amd64', 'linux/arm64'], builder)]).toEqual([[], []])
  expect(await engine(['linux/arm64'], ran('Platforms: linux/amd64\n'))).toEqual([
    {
      code: 'DOCK01',
      severity: 'warning',
      message: 'the engine runs no programs for linux/arm64; it is linux/amd64, and RUN in a Dockerfile needs them',
      hint: 'docker run --privileged --rm tonistiigi/binfmt --install arm64',
    },
  ])
  expect(await engine(['linux/arm64'])).toMatchObject([
    { severity: 'warning', message: expect.stringContaining('cannot be told without docker buildx') },
  ])
  expect(await engineFindings(ran('', 1), [], async () => builder)).toEqual([
    {
      code: 'DOCK01',
      severity: 'error',
      message: 'No Docker engine answers: Cannot connect',
      hint: 'start Docker, then run the same command again',
    },
  ])
})

test.each([
  ['UPDATE_ROLLBACK_FAILED', 'error', 'is stuck: a rollback of it failed'],
  ['UPDATE_IN_PROGRESS', 'warning', 'is being worked on'],
  ['ROLLBACK_COMPLETE', 'warning', 'is what a failed create left'],
  ['UPDATE_FAILED', 'warning', 'was left in the middle of an update'],
  ['UPDATE_ROLLBACK_COMPLETE', 'warning', 'went back from its last update'],
] as const)('CFN01: a stack in %s', (status, severity, what) => {
  const wanted = { name: 'demo', digest: 'd', parameters: {} } as Parameters<typeof actionFor>[0]
  const action = actionFor(wanted, { status, outputs: { Template: 'd' }, parameters: {} })
  expect(stackFindings('demo', status, action)).toMatchObject([
    { code: 'CFN01', severity, message: `demo ${what} (${status})` },
  ])
  expect(stackFindings('demo', 'UPDATE_COMPLETE', 'update')).toEqual([])
})

test('a service that may sleep needs an instance to begin with, and none beside those that it was allowed', () => {
  const environment = environmentOf(
    'app: demo\nservices: { model: { image: { port: 80 }, compute: gpu, count: { range: 0-2, idle: 30m } } }\n',
  )
  const instances = (parameters: Record<string, string>) => demandsOf(environment, parameters)[0]?.instances
  expect([instances({}), instances({ ModelMinInstances: '0' })]).toEqual([1, 0])
})
