import { expect, test } from 'vitest'
import type { LocalStatus } from '../../src/commands/local.ts'
import type { Rendered } from '../../src/commands/render.ts'
import { awsCommandLine } from '../support/aws-cli.ts'
import { DOCKERFILE, newUser } from '../support/cli.ts'
import { pushImage } from '../support/registry.ts'

const MANIFEST = `app: demo
services:
  web:
    image: { build: ., port: 8080 }
    http: { path: / }
  model:
    image: { location: "example/model:1", port: 8000 }
    http: { path: /model }
    compute: gpu
    instances: [g6.xlarge]
environments:
  dev:
`

// Version 2 asks for a stack's state every half minute only.
test('the aws command line deploys what render writes, sees it run and takes it away', { timeout: 400_000 }, async ({
  skip,
}) => {
  const user = newUser({ files: { 'img2vid.yaml': MANIFEST, Dockerfile: DOCKERFILE }, speed: 60_000 })
  const { stacks } = (await user.img2vid('render --out out --json')).json<Rendered>()
  expect(stacks.map(({ name }) => name)).toEqual(['demo', 'demo-dev', 'demo-dev-web', 'demo-dev-model'])
  const { endpoint } = (await user.img2vid('local start --json')).json<LocalStatus>()
  const aws = await awsCommandLine({ endpoint: endpoint ?? '', folder: user.folder, faster: 100 })
  if (!aws) return skip('there is no aws command line')
  const isFirst = aws.version.startsWith('1.')
  const ask = async <Answer>(command: string, ...more: string[]) => JSON.parse(await aws(command, more)) as Answer
  const deploy = ({ name, files, parameters }: Rendered['stacks'][number]) => {
    // Version 1 takes no file of keys and values.
    const values = parameters.map(({ ParameterKey, ParameterValue }) => `${ParameterKey}=${ParameterValue}`)
    const overrides = isFirst ? values : [`file://${files?.parameters}`]
    return aws(
      `cloudformation deploy --stack-name ${name} --template-file ${files?.template} --capabilities CAPABILITY_NAMED_IAM`,
      overrides.length > 0 ? ['--parameter-overrides', ...overrides] : [],
    )
  }
  const [app, environment, ...services] = stacks
  if (!app || !environment) throw new Error('render left stacks out')

  await deploy(app)
  const tag = stacks[2]?.parameters
    .find(({ ParameterValue }) => ParameterValue.startsWith(':'))
    ?.ParameterValue.slice(1)
  const password = (await aws('ecr get-login-password')).trim()
  const { repositories } = await ask<{ repositories: { repositoryName: string; repositoryUri: string }[] }>(
    'ecr describe-repositories',
  )
  const { repositoryName = '', repositoryUri = '' } = repositories[0] ?? {}
  const call = (path: string, init: RequestInit = {}) =>
    fetch(`http://${repositoryUri.split('/')[0]}${path}`, {
      ...init,
      headers: { authorization: `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`, ...init.headers },
    })
  const { digest } = await pushImage(call, tag ?? '', ['layer'], {}, repositoryName)
  expect(await ask(`ecr describe-images --repository-name ${repositoryName}`)).toMatchObject({
    imageDetails: [{ repositoryName, imageDigest: digest, imageTags: [tag] }],
  })

  await deploy(environment)
  await Promise.all(services.map(deploy))
  const described = await ask<{ Stacks: { StackName: string; StackStatus: string }[] }>(
    'cloudformation describe-stacks',
  )
  expect(Object.fromEntries(described.Stacks.map(({ StackName, StackStatus }) => [StackName, StackStatus]))).toEqual(
    Object.fromEntries(stacks.map(({ name }) => [name, 'CREATE_COMPLETE'])),
  )

  const { clusterArns } = await ask<{ clusterArns: string[] }>('ecs list-clusters')
  const cluster = clusterArns[0] ?? ''
  const { serviceArns } = await ask<{ serviceArns: string[] }>(`ecs list-services --cluster ${cluster}`)
  const running = await ask<{ services: { serviceName: string; loadBalancers: { targetGroupArn: string }[] }[] }>(
    `ecs describe-services --cluster ${cluster} --services ${serviceArns.join(' ')}`,
  )
  expect(running.services).toHaveLength(2)
  expect(running.services).toMatchObject(
    [1, 2].map(() => ({ desiredCount: 1, runningCount: 1, deployments: [{ rolloutState: 'COMPLETED' }] })),
  )
  for (const { loadBalancers } of running.services) {
    expect(
      await ask(`elbv2 describe-target-health --target-group-arn ${loadBalancers[0]?.targetGroupArn}`),
    ).toMatchObject({ TargetHealthDescriptions: [{ TargetHealth: { State: 'healthy' } }] })
  }
  const { taskArns } = await ask<{ taskArns: string[] }>(`ecs list-tasks --cluster ${cluster}`)
  const { tasks } = await ask<{ tasks: { launchType: string; taskArn: string; containers: object[] }[] }>(
    `ecs describe-tasks --cluster ${cluster} --tasks ${taskArns.join(' ')}`,
  )
  expect(tasks.sort((a, b) => a.launchType.localeCompare(b.launchType))).toMatchObject([
    { launchType: 'EC2', lastStatus: 'RUNNING', containers: [{ image: 'example/model:1', gpuIds: { length: 1 } }] },
    { launchType: 'FARGATE', lastStatus: 'RUNNING', containers: [{ image: `${repositoryUri}:${tag}`, gpuIds: [] }] },
  ])

  const { logGroups } = await ask<{ logGroups: { logGroupName: string }[] }>('logs describe-log-groups')
  const group = logGroups.find(({ logGroupName }) => logGroupName.endsWith('web'))?.logGroupName ?? ''
  const { logStreams } = await ask<{ logStreams: { logStreamName: string }[] }>(
    `logs describe-log-streams --log-group-name ${group}`,
  )
  const stream = logStreams[0]?.logStreamName ?? ''
  expect(tasks.some(({ taskArn }) => stream.endsWith(taskArn.split('/').at(-1) ?? ''))).toBe(true)
  await aws(`logs put-log-events --log-group-name ${group} --log-stream-name ${stream}`, [
    '--log-events',
    `timestamp=${Date.now()},message="It runs."`,
  ])
  const read = isFirst ? `logs filter-log-events --log-group-name ${group}` : `logs tail ${group} --since 1h`
  expect(await aws(read)).toContain('It runs.')

  const remove = async ({ name }: { readonly name: string }) => {
    await aws(`cloudformation delete-stack --stack-name ${name}`)
    await aws(`cloudformation wait stack-delete-complete --stack-name ${name}`)
  }
  await Promise.all(services.map(remove))
  await remove(environment)
  await aws(`ecr batch-delete-image --repository-name ${repositoryName} --image-ids imageTag=${tag}`)
  await remove(app)
  const left = await Promise.all(
    [
      'cloudformation describe-stacks --query Stacks',
      'ecs list-clusters --query clusterArns',
      'ecr describe-repositories --query repositories',
      'elbv2 describe-load-balancers --query LoadBalancers',
      'elbv2 describe-target-groups --query TargetGroups',
      'logs describe-log-groups --query logGroups',
      'autoscaling describe-auto-scaling-groups --query AutoScalingGroups',
      'iam list-roles --query Roles[?!starts_with(Path,`/aws-service-role/`)]',
      'ec2 describe-vpcs --query Vpcs[?!IsDefault]',
      'ec2 describe-network-interfaces --query NetworkInterfaces',
      'ec2 describe-instances --filters Name=instance-state-name,Values=pending,running,stopping --query Reservations',
    ].map(async (command) => [command.split(' ')[1], await ask(command)]),
  )
  expect(left.filter(([, found]) => (found as unknown[]).length > 0)).toEqual([])
})
