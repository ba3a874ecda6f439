import { expect, test } from 'vitest'
import { type FailedTask, finalVerdict, verdictOn } from '../../src/plan/verdict.ts'

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
    'Fetching secret data from SSM Parameter Store in us-east-2: invalid parameters: /shop/token',
    'create the secret /shop/token, or correct its name under secrets: in the manifest',
  ],
  [
    `${ASM} failed to fetch secret ${ARN} from secrets manager: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    `create the secret ${ARN}, or correct its name under secrets: in the manifest`,
  ],
  [
    `${ASM} failed to fetch secret ${ARN} from secrets manager: AccessDeniedException: User is not authorized`,
    `let the execution role read ${ARN}: its name under secrets: has to be exact, and a key of its own has to allow it`,
  ],
  [
    `${ASM} ${ARN}: ResourceNotFoundException: Secrets Manager can't find the specified secret.`,
    `create the secret ${ARN}, or correct its name under secrets: in the manifest`,
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

test('a failed health check says what was asked and what came back', () => {
  const codes = { reason: 'Health checks failed with these codes: [404]' }
  expect([
    verdictOn(service, [unhealthy('ELB')], codes),
    verdictOn(service, [unhealthy('ELB')], { reason: 'Request timed out' }),
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
      cause: "web did not become healthy: the container's own health check failed",
      advice: 'run image.healthcheck.command in the container to see why',
      task: 'one',
    },
    undefined,
  ])
})
