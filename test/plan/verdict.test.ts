import { expect, test } from 'vitest'
import { capacityVerdict, type FailedTask, finalVerdict, type Launch, verdictOn } from '../../src/plan/verdict.ts'

const service = { name: 'web', port: 80, healthCheckPath: '/up', successCodes: '200', gracePeriod: 60 }
const exited = (exitCode: number | undefined, reason?: string, id = 'one'): FailedTask => ({
  id,
  stopCode: 'EssentialContainerExited',
  reason: 'Essential container in task exited',
  containers: [{ name: 'web', exitCode, reason }],
})
const unstartable = (reason: string): FailedTask => ({
  id: 'one',
  stopCode: 'TaskFailedToStart',
  reason,
  containers: [],
})
const unhealthy = (kind: string): FailedTask => ({
  id: 'one',
  stopCode: 'ServiceSchedulerInitiated',
  reason: `Task failed ${kind} health checks`,
  containers: [{ name: 'web', exitCode: 143, reason: undefined }],
})

const ASM =
  'ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve secret from asm: service call has been retried 1 time(s):'
const ARN = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:token-AbCdEf'

test.each([
  [
    `CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref docker.io/library/nope:1: not found`,
    'check the name of the image and that the execution role may pull it',
  ],
  [
    `CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'`,
    'set platform: in the manifest to the platform of the image',
  ],
  [
    'CannotPullContainerError: pull image manifest has been retried 5 time(s): dial tcp 54.1.2.3:443: i/o timeout',
    'give the tasks a way to the internet: subnets whose route table leads to an internet gateway',
  ],
  [
    'CannotPullContainerError: Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid: no such host',
    'correct the registry in the name of the image; no such host is known',
  ],
  [
    'Fetching secret data from SSM Parameter Store in us-east-2: invalid parameters: /shop/token',
    'create the secret /shop/token, or correct its name in the manifest',
  ],
  [
    `${ASM} failed to fetch secret ${ARN} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    `create the secret ${ARN}, or correct its name in the manifest`,
  ],
  [
    `${ASM} failed to fetch secret ${ARN} from secrets manager: AccessDeniedException: User is not authorized`,
    `let the execution role read ${ARN}: its name under secrets: has to be exact, and a key of its own has to allow it`,
  ],
  [
    `${ASM} ${ARN}: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    `create the secret ${ARN}, or correct its name in the manifest`,
  ],
  [
    "ResourceInitializationError: failed to invoke EFS utils commands to set up EFS volumes: stderr: b'mount.nfs4: Connection timed out' : unsuccessful EFS utils command execution; code: 1",
    'let the tasks in at the file system’s mount targets, port 2049: by a group that both have (network.vpc.security_groups)',
  ],
  ['CannotStartContainerError: exec: "run": not found', 'check the command and entry point of the image'],
  ['Something else went wrong', 'mend what the message names'],
])('a task that could not be started: %s', (reason, advice) => {
  expect(verdictOn(service, [unstartable(reason)], undefined)).toEqual({
    cause: `web could not be started: ${reason}`,
    advice,
    task: undefined,
  })
})

test('what ECS tries again is no verdict before the end', () => {
  const tasks = [
    unstartable('Capacity is unavailable at this time. Please try again later or in a different availability zone'),
  ]
  expect([verdictOn(service, tasks, undefined), finalVerdict(service, tasks, undefined)?.advice]).toEqual([
    undefined,
    'try again later; AWS had no room for the task',
  ])
})

test('one exit is no verdict before the end, two are', () => {
  expect(verdictOn(service, [exited(1)], undefined)).toBeUndefined()
  expect([
    finalVerdict(service, [exited(1)], undefined)?.cause,
    verdictOn(service, [exited(1), exited(1)], undefined)?.cause,
    verdictOn(service, [exited(3), exited(1), exited(1)], undefined)?.cause,
    verdictOn(service, [exited(undefined), exited(1)], undefined)?.cause,
    verdictOn(service, [exited(137, 'OutOfMemoryError: Container killed due to memory usage'), exited(137)], undefined),
  ]).toEqual([
    'web did not stay up: its container exited with code 1',
    'web did not stay up: its container exited with code 1, twice',
    'web did not stay up: its container exited with code 3, 3 times',
    'web did not stay up: its container exited with code unknown, twice',
    {
      cause: 'web did not stay up: its container ran out of memory, twice',
      advice: 'give it more memory: in the manifest',
      task: 'one',
    },
  ])
})

test('names the sidecar by which a task ended, not those that had done their work or were ended with it', () => {
  const ended = (name: string, exitCode: number | undefined, reason?: string) => ({ name, exitCode, reason })
  const task = (...containers: FailedTask['containers']): FailedTask => ({ ...exited(0), containers })
  const cause = (...containers: FailedTask['containers']) =>
    finalVerdict(service, [task(...containers)], undefined)?.cause
  expect(cause(ended('web', 137), ended('migrate', 0), ended('proxy', 2))).toBe(
    'web did not stay up: its sidecar proxy exited with code 2',
  )
  expect(cause(ended('migrate', 0), ended('web', 1), ended('proxy', 143))).toBe(
    'web did not stay up: its container exited with code 1',
  )
  expect(cause(ended('web', 137), ended('proxy', 137, 'OutOfMemoryError: Container killed due to memory usage'))).toBe(
    'web did not stay up: its sidecar proxy ran out of memory',
  )
})

test('points at the last words where there are any', () => {
  const advice = (...lines: string[]) =>
    finalVerdict(service, [exited(1)], undefined, new Map([['one', lines]]))?.advice
  expect([advice('no config'), advice()]).toEqual([
    'the lines above are its last words',
    'CloudWatch Logs has no line of it; run it on your machine to see why',
  ])
})

test('an image for another processor is told by the last words of its containers', () => {
  const lines = new Map([['two', ['exec /bin/server: exec format error']]])
  const tasks = [exited(1), exited(1, undefined, 'two')]
  expect(verdictOn(service, tasks, undefined, lines)).toEqual({
    cause: 'web did not stay up: its image is for another processor than its tasks have (exec format error), twice',
    advice: 'build the image for the platform of the tasks, or set platform: in the manifest to that of the image',
    task: 'one',
  })
  expect(verdictOn(service, tasks, undefined)?.cause).toMatch(/exited with code 1, twice$/)
})

test('a failed health check says what was asked and what came back', () => {
  const codes = { reason: 'Health checks failed with these codes: [404]' }
  expect([
    verdictOn(service, [unhealthy('ELB')], codes),
    verdictOn(service, [unhealthy('ELB')], { reason: 'Request timed out' }),
    verdictOn({ ...service, healthCheckPath: undefined }, [unhealthy('ELB')], { reason: 'Health checks failed' }),
    verdictOn(service, [unhealthy('container')], undefined),
    verdictOn(service, [], { reason: 'Request timed out' }),
  ]).toEqual([
    {
      cause: 'web did not become healthy: GET /up on port 80 answered 404',
      advice: 'set http.healthcheck to a path that answers 200',
      task: 'one',
    },
    {
      cause: 'web did not become healthy: nothing answered GET /up on port 80 for 60s',
      advice:
        'let the container listen on 0.0.0.0:80, or correct image.port; if it only needs longer, raise http.healthcheck.grace_period',
      task: 'one',
    },
    {
      cause: 'web did not become healthy: it took no connection of the network load balancer for 60s',
      advice: 'let the container listen on 0.0.0.0 at the target_port of nlb and the port of its healthcheck',
      task: 'one',
    },
    {
      cause: "web did not become healthy: the container's own health check failed",
      advice: 'run image.healthcheck.command in the container to see why',
      task: 'one',
    },
    undefined,
  ])
})

const gpu = { name: 'model', region: 'us-east-1', instances: ['g6.xlarge', 'g5.xlarge'], vcpus: 4 }
const NO_CAPACITY =
  'Could not launch On-Demand Instances. InsufficientInstanceCapacity - We currently do not have sufficient g5.xlarge capacity in the Availability Zone you requested (us-east-1a). Our system will be working on provisioning additional capacity. Launching EC2 instance failed.'
const quotaOf = (limit: number) =>
  `Could not launch On-Demand Instances. VcpuLimitExceeded - You have requested more vCPU capacity than your current vCPU limit of ${limit} allows for the instance bucket that the specified instance type belongs to. Please visit http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit. Launching EC2 instance failed.`
const launches = (count: number, message: string): Launch[] =>
  Array.from({ length: count }, (_, index) => ({
    at: new Date(index),
    zone: index % 2 === 0 ? 'us-east-1a' : 'us-east-1b',
    state: 'failed',
    message,
  }))
const launched: Launch = { at: new Date(), zone: 'us-east-1a', state: 'going on', message: '' }

test.each([
  ['no launch yet', [], 60],
  ['five that failed', launches(5, NO_CAPACITY), 60],
  ['six within four minutes', launches(6, NO_CAPACITY), 4],
  ['an instance that starts after many', [launched, ...launches(20, NO_CAPACITY)], 60],
  ['a quota that is in use, for six minutes', launches(9, quotaOf(8)), 6],
])('waits for an instance after %s', (_what, seen, minutes) => {
  expect(capacityVerdict(gpu, seen, minutes)).toBeUndefined()
})

test('gives up when there is no instance of any type in any zone', () => {
  expect(capacityVerdict(gpu, [...launches(6, NO_CAPACITY), launched], 5)).toEqual({
    cause:
      'model has no instance to run on: 6 launches of g6.xlarge, g5.xlarge in us-east-1a, us-east-1b failed: We currently do not have sufficient g5.xlarge capacity in the Availability Zone you requested (us-east-1a)',
    advice: 'name other types with --instance-type, or another --region',
    task: undefined,
    outcome: 'capacity',
  })
})

test('gives up at once when not even one instance is within the quota', () => {
  expect(capacityVerdict(gpu, launches(1, quotaOf(0)), 0)).toEqual({
    cause:
      'model has no instance to run on: the quota L-DB2E81BA of us-east-1 allows 0 vCPUs, and none of g6.xlarge, g5.xlarge has fewer than 4',
    advice:
      'ask for more: aws service-quotas request-service-quota-increase --service-code ec2 --quota-code L-DB2E81BA --desired-value 4 --region us-east-1',
    task: undefined,
    outcome: 'capacity',
  })
  const inUse = capacityVerdict({ ...gpu, instances: ['p4d.24xlarge'], vcpus: 96 }, launches(6, quotaOf(96)), 7)
  expect([inUse?.cause, inUse?.advice]).toEqual([
    'model has no instance to run on: the quota L-417A185B of us-east-1 allows 96 vCPUs, and they are in use',
    expect.stringContaining('--quota-code L-417A185B --desired-value 192 '),
  ])
})
