import { CloudWatchLogs } from '@aws-sdk/client-cloudwatch-logs'
import * as Ec2 from '@aws-sdk/client-ec2'
import { expect, test } from 'vitest'
import { refusal } from '../support/cloudformation.ts'
import { startEcs } from '../support/ecs.ts'

test('runs a task to its end, with an address of its own that is given back', async () => {
  const { aws, clock, ecs, register, run, stopped } = await startEcs({ job: { exitCode: 4 } })
  const ec2 = new Ec2.EC2(aws.client)
  const addresses = async () =>
    (await ec2.describeNetworkInterfaces({})).NetworkInterfaces?.map(({ PrivateIpAddress }) => PrivateIpAddress)
  const [task] = await run(await register('job'), { startedBy: 'me', tags: [{ key: 'of', value: 'task' }] })
  expect(task).toMatchObject({
    lastStatus: 'PROVISIONING',
    desiredStatus: 'RUNNING',
    launchType: 'FARGATE',
    platformVersion: '1.4.0',
    group: 'family:web',
    startedBy: 'me',
    attachments: [],
    containers: [{ name: 'web', lastStatus: 'PENDING', healthStatus: 'UNKNOWN' }],
  })
  const ended = await stopped(task?.taskArn)
  expect(ended).toMatchObject({
    desiredStatus: 'STOPPED',
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    attachments: [
      {
        type: 'ElasticNetworkInterface',
        status: 'DELETED',
        details: expect.arrayContaining([{ name: 'privateIPv4Address', value: expect.stringMatching(/^172\.31\./) }]),
      },
    ],
    containers: [{ lastStatus: 'STOPPED', exitCode: 4 }],
  })
  const times = (['createdAt', 'pullStartedAt', 'pullStoppedAt', 'startedAt', 'stoppingAt', 'stoppedAt'] as const).map(
    (name) => ended[name]?.getTime() ?? 0,
  )
  expect(times).toEqual([...times].sort())
  expect(times.every((time) => time > 0)).toBe(true)
  expect(await addresses()).toEqual([])
  expect((await ecs.listTagsForResource({ resourceArn: task?.taskArn })).tags).toEqual([{ key: 'of', value: 'task' }])

  const failures = async () => (await ecs.describeTasks({ tasks: [task?.taskArn ?? ''] })).failures
  await clock.pass(3_500)
  expect(await failures()).toEqual([])
  await clock.pass(200)
  expect(await failures()).toEqual([{ arn: task?.taskArn, reason: 'MISSING' }])
})

test.each([
  [undefined, 'Task stopped by user'],
  ['enough', 'enough'],
])('stops a task, with the reason %s', async (reason, stoppedReason) => {
  const { ecs, until, tasks, register, run, stopped } = await startEcs()
  const [task] = await run(await register('web'))
  await until(async () => (await tasks())[0]?.lastStatus === 'RUNNING')
  const answer = await ecs.stopTask({ task: task?.taskArn, reason })
  expect(answer.task).toMatchObject({ desiredStatus: 'STOPPED', stopCode: 'UserInitiated', stoppedReason })
  await ecs.stopTask({ task: task?.taskArn, reason: 'again' })
  expect(await stopped(task?.taskArn)).toMatchObject({ stoppedReason, containers: [{ exitCode: 137 }] })
  expect(await refusal(ecs.stopTask({ task: 'f'.repeat(32) }))).toBe(
    'InvalidParameterException: The referenced task was not found.',
  )
})

test('replaces a task of a service that somebody stopped, without counting it as a failure', async () => {
  const { ecs, until, describe, tasks, register, create, rolledOut } = await startEcs()
  await create(await register('web'))
  await rolledOut('COMPLETED')
  const [task] = await tasks({ serviceName: 'web' })
  await ecs.stopTask({ task: task?.taskArn })
  const [other] = await until(async () => {
    const now = await tasks({ serviceName: 'web' })
    return now[0]?.lastStatus === 'RUNNING' && now
  })
  expect(other?.taskArn).not.toBe(task?.taskArn)
  expect((await describe()).deployments).toMatchObject([{ failedTasks: 0, rolloutState: 'COMPLETED', runningCount: 1 }])
})

test('goes on without a container that is not essential', async () => {
  const { until, tasks, register, run } = await startEcs({ helper: { exitCode: 0 } })
  const containerDefinitions = [
    { name: 'web', image: 'web' },
    { name: 'helper', image: 'helper', essential: false },
  ]
  await run(await register('web', {}, { containerDefinitions }))
  const [task] = await until(async () => {
    const now = await tasks()
    return now[0]?.containers?.[1]?.lastStatus === 'STOPPED' && now
  })
  expect(task).toMatchObject({
    lastStatus: 'RUNNING',
    containers: [{ lastStatus: 'RUNNING' }, { lastStatus: 'STOPPED', exitCode: 0 }],
  })
})

test('starts containers in the order in which they need each other', async () => {
  const { until, tasks, register, run } = await startEcs({ setup: { exitCode: 0 } })
  const containerDefinitions = [
    {
      name: 'web',
      image: 'web',
      dependsOn: [
        { containerName: 'setup', condition: 'SUCCESS' as const },
        { containerName: 'proxy', condition: 'HEALTHY' as const },
      ],
    },
    { name: 'proxy', image: 'proxy', healthCheck: { command: ['CMD', 'true'] } },
    { name: 'setup', image: 'setup', essential: false },
  ]
  await run(await register('web', {}, { containerDefinitions }))
  const [task] = await until(async () => {
    const now = await tasks()
    return now[0]?.lastStatus === 'RUNNING' && now
  })
  expect(task?.healthStatus).toBe('HEALTHY')
  expect(task?.containers).toMatchObject([
    { name: 'web', lastStatus: 'RUNNING', healthStatus: 'UNKNOWN' },
    { name: 'proxy', lastStatus: 'RUNNING', healthStatus: 'HEALTHY' },
    { name: 'setup', lastStatus: 'STOPPED', exitCode: 0 },
  ])
})

test('ends a task whose container needs one that has failed', async () => {
  const { register, run, stopped } = await startEcs({ setup: { exitCode: 2 } })
  const containerDefinitions = [
    { name: 'web', image: 'web', dependsOn: [{ containerName: 'setup', condition: 'SUCCESS' as const }] },
    { name: 'setup', image: 'setup', essential: false },
  ]
  const [task] = await run(await register('web', {}, { containerDefinitions }))
  expect(await stopped(task?.taskArn)).toMatchObject({
    stopCode: 'EssentialContainerExited',
    stoppedReason: 'Essential container in task exited',
    containers: [
      {
        name: 'web',
        lastStatus: 'STOPPED',
        exitCode: 143,
        reason:
          'CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [setup(setup) (STOPPED->RUNNING) - Exit: 2] for target [web(web) (NONE->RUNNING)] as dependency did not exit successfully.',
      },
      { exitCode: 2 },
    ],
  })
})

test('waits for a container that is not healthy yet, also when the embedded AWS is stopped meanwhile', async () => {
  const { aws, clock, tasks, register, run } = await startEcs({ proxy: { health: 'UNHEALTHY' } })
  const containerDefinitions = [
    { name: 'web', image: 'web', dependsOn: [{ containerName: 'proxy', condition: 'HEALTHY' as const }] },
    { name: 'proxy', image: 'proxy', essential: false, healthCheck: { command: ['CMD', 'false'] } },
  ]
  await run(await register('web', {}, { containerDefinitions }))
  await clock.pass(600)
  expect(await tasks()).toMatchObject([
    { lastStatus: 'PENDING', containers: [{ lastStatus: 'PENDING' }, { lastStatus: 'RUNNING' }] },
  ])
  await aws.emulator.close()
})

const role = 'arn:aws:iam::000000000000:role/execution'

test.each([
  [
    'a secret that is not there',
    { secrets: [{ name: 'TOKEN', valueFrom: '/token' }] },
    /^ResourceInitializationError: unable to pull secrets or registry auth: .*ssm.*\/token: ParameterNotFound/,
  ],
  [
    'a log group that is not there',
    { logConfiguration: { logDriver: 'awslogs' as const, options: { 'awslogs-group': '/web' } } },
    /^ResourceInitializationError: failed to validate logger args: .*ResourceNotFoundException: The specified log group does not exist/,
  ],
])('does not start a task with %s', async (_what, container, reason) => {
  const { register, run, stopped } = await startEcs()
  const [task] = await run(await register('web', container, { executionRoleArn: role }))
  expect(await stopped(task?.taskArn)).toMatchObject({
    stopCode: 'TaskFailedToStart',
    stoppedReason: expect.stringMatching(reason),
    containers: [{ lastStatus: 'STOPPED' }],
  })
})

test('writes what the container says to its log stream', async () => {
  const { aws, register, run, stopped } = await startEcs({ job: { exitCode: 0, lines: ['one', 'two'] } })
  const logs = new CloudWatchLogs(aws.client)
  const options = { 'awslogs-group': '/job', 'awslogs-stream-prefix': 'ecs', 'awslogs-create-group': 'true' }
  const logConfiguration = { logDriver: 'awslogs' as const, options }
  const [task] = await run(await register('job', { logConfiguration }, { executionRoleArn: role }))
  await stopped(task?.taskArn)
  const logStreamName = `ecs/web/${task?.taskArn?.split('/').at(-1)}`
  const { events } = await logs.getLogEvents({ logGroupName: '/job', logStreamName, startFromHead: true })
  expect(events?.map(({ message }) => message)).toEqual(['one', 'two'])
})

test('runs the same tasks for the same client token', async () => {
  const { register, run, tasks } = await startEcs()
  const [definition, other] = [await register('a'), await register('b')]
  const request = { clientToken: 'once', count: 2 }
  const first = (await run(definition, request)).map(({ taskArn }) => taskArn)
  expect((await run(definition, request)).map(({ taskArn }) => taskArn)).toEqual(first)
  expect(await refusal(run(other, request))).toBe(
    'ConflictException: The RunTask request could not be processed due to conflicts. The provided clientToken is already in use with a different RunTask request.',
  )
  expect(await tasks()).toHaveLength(2)
})

test('lists tasks by what they belong to, and describes those that it has', async () => {
  const { ecs, register, run, create, rolledOut, stopped } = await startEcs({ job: { exitCode: 0 } })
  await create(await register('web'))
  await rolledOut('COMPLETED')
  const tags = [{ key: 'of', value: 'definition' }]
  const job = await register('job', {}, { family: 'job', tags })
  const [ended] = await run(job, { startedBy: 'cron', propagateTags: 'TASK_DEFINITION', enableExecuteCommand: true })
  await stopped(ended?.taskArn)
  expect((await ecs.describeTasks({ tasks: [ended?.taskArn ?? ''], include: ['TAGS'] })).tasks).toMatchObject([
    { tags, enableExecuteCommand: true },
  ])
  const [waiting] = await run(job, { startedBy: 'cron', group: 'nightly' })
  const list = async (input: object) => (await ecs.listTasks(input)).taskArns
  expect([
    await list({ family: 'job' }),
    await list({ startedBy: 'cron', desiredStatus: 'STOPPED' }),
    (await list({ serviceName: 'web' }))?.length,
    (await list({ launchType: 'FARGATE' }))?.length,
    await list({ launchType: 'EC2' }),
    waiting?.group,
  ]).toEqual([[waiting?.taskArn], [ended?.taskArn], 1, 2, [], 'nightly'])
  expect(await ecs.describeTasks({ tasks: ['a'] })).toMatchObject({
    tasks: [],
    failures: [{ arn: 'arn:aws:ecs:us-east-1:000000000000:task/default/a', reason: 'MISSING' }],
  })
})
