import { ECS } from '@aws-sdk/client-ecs'
import { IAM } from '@aws-sdk/client-iam'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { flags, testWorld } from '../support/context.ts'

const manifest = `
app: demo
services:
  worker:
    image: { location: 'nginx:1' }
    exec: true
    permissions:
      queues: { receive: [orders] }
      policies: [arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess]
permissions: { boundary: team-boundary }
`

test('the task role may do what the manifest names, within its boundary, and a shell can be had', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest } })
  const [iam, ecs] = [new IAM(world.aws.client), new ECS(world.aws.client)]
  const PolicyDocument = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sqs:*","Resource":"*"}]}'
  const { Policy } = await iam.createPolicy({ PolicyName: 'team-boundary', PolicyDocument })
  await deploy(flags, world.context)

  const { Roles = [] } = await iam.listRoles({})
  const roles = Roles.filter(({ RoleName }) => RoleName?.startsWith('demo-'))
  const whole = await Promise.all(roles.map(({ RoleName }) => iam.getRole({ RoleName })))
  expect(whole.map(({ Role }) => Role?.PermissionsBoundary?.PermissionsBoundaryArn)).toEqual([Policy?.Arn, Policy?.Arn])
  const { RoleName } = roles.find((role) => role.RoleName?.includes('TaskRole')) ?? {}
  const { PolicyNames = [] } = await iam.listRolePolicies({ RoleName })
  expect(PolicyNames.sort()).toEqual(['exec', 'queues'])
  const queues = await iam.getRolePolicy({ RoleName, PolicyName: 'queues' })
  expect(JSON.parse(decodeURIComponent(queues.PolicyDocument ?? ''))).toMatchObject({
    Statement: [
      {
        Action: expect.arrayContaining(['sqs:ReceiveMessage']),
        Resource: ['arn:aws:sqs:us-east-1:000000000000:orders'],
      },
    ],
  })
  const { AttachedPolicies } = await iam.listAttachedRolePolicies({ RoleName })
  expect(AttachedPolicies?.map((one) => one.PolicyName)).toEqual(['AWSXRayDaemonWriteAccess'])

  const { clusterArns: [cluster] = [] } = await ecs.listClusters({})
  const { serviceArns = [] } = await ecs.listServices({ cluster })
  const { services } = await ecs.describeServices({ cluster, services: serviceArns })
  expect(services?.map((one) => one.enableExecuteCommand)).toEqual([true])
})
