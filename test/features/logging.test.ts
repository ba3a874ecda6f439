import { ECS } from '@aws-sdk/client-ecs'
import { IAM } from '@aws-sdk/client-iam'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { flags, testWorld } from '../support/context.ts'

const MANIFEST = `
app: demo
services:
  web:
    image: { location: 'web:1' }
    count: 4
    spot: { base: 1, weight: 2 }
    logging: { destination: { Name: kinesis, stream: logs } }
    observability: { tracing: awsxray }
`

test('logs go by Fluent Bit, traces by a collector, and tasks to Spot by base and weight', async () => {
  const { aws, context } = await testWorld({ files: { 'img2vid.yaml': MANIFEST } })
  const result = await deploy(flags, context)
  const ecs = new ECS(aws.client)
  const cluster = (await ecs.listClusters({})).clusterArns?.[0]
  const { taskArns } = await ecs.listTasks({ cluster })
  const { tasks = [] } = await ecs.describeTasks({ cluster, tasks: taskArns })
  expect(tasks.map(({ capacityProviderName }) => capacityProviderName).sort()).toEqual([
    'FARGATE',
    'FARGATE',
    'FARGATE_SPOT',
    'FARGATE_SPOT',
  ])
  expect(tasks[0]?.containers?.map(({ name, lastStatus }) => [name, lastStatus])).toEqual([
    ['web', 'RUNNING'],
    ['firelens_log_router', 'RUNNING'],
    ['aws-otel-collector', 'RUNNING'],
  ])
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: tasks[0]?.taskDefinitionArn })
  const logs = taskDefinition?.containerDefinitions?.map(({ logConfiguration }) => logConfiguration?.logDriver)
  expect(logs).toEqual(['awsfirelens', 'awslogs', 'awsfirelens'])
  const RoleName = taskDefinition?.taskRoleArn?.split('/').at(-1)
  const policy = await new IAM(aws.client).getRolePolicy({ RoleName, PolicyName: 'log-router' })
  expect(JSON.parse(decodeURIComponent(policy.PolicyDocument ?? '')).Statement).toEqual([
    {
      Effect: 'Allow',
      Action: ['kinesis:PutRecords'],
      Resource: 'arn:aws:kinesis:us-east-1:000000000000:stream/logs',
    },
  ])
  expect(JSON.stringify(result)).toContain('FirelensConfiguration')
})
