import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { flags } from '../support/context.ts'
import { refused, world } from '../support/preflight.ts'

const manifest = (more = '') => `
app: demo
services:
  web:
    image: { location: 'nginx:1' }
    variables: { TOPIC: { from_cfn: data-Topic }, NAME: plain }
    secrets: { PASSWORD: { from_cfn: data-Password } }
    network: { vpc: { security_groups: [{ from_cfn: data-Group }] } }
    ${more}
environments:
  dev: { network: { vpc: { id: default } } }
`

const FILES = 'storage: { volumes: { files: { path: /files, efs: { id: { from_cfn: data-Files } } } } }'

const output = (name: string, value: string) =>
  `  ${name}: { Value: !GetAtt ${value}, Export: { Name: data-${name} } }\n`
const data = `
Resources:
  Topic: { Type: AWS::SNS::Topic }
  Password: { Type: AWS::SecretsManager::Secret, Properties: { GenerateSecretString: {} } }
  Group: { Type: AWS::EC2::SecurityGroup, Properties: { GroupDescription: those who may ask the database } }
Outputs:
${output('Topic', 'Topic.TopicName')}${output('Password', 'Password.Id')}${output('Group', 'Group.GroupId')}`

test('variables, secrets, security groups and file systems come from what another stack exports', async () => {
  const there = await world(manifest(FILES))
  const missing = (what: string, name: string) => [
    'CFN03',
    `web: ${what} comes from the export data-${name}, which no stack in us-east-1 has`,
  ]
  expect((await refused(there)).map((one) => one.slice(0, 2))).toEqual([
    missing('TOPIC', 'Topic'),
    missing('PASSWORD', 'Password'),
    missing('a security group', 'Group'),
    missing('the file system of files', 'Files'),
  ])

  const cloudformation = new CloudFormation(there.aws.client)
  await cloudformation.createStack({ StackName: 'data', TemplateBody: data })
  await expect.poll(async () => (await cloudformation.listExports({})).Exports?.length).toBe(3)
  there.write({ 'img2vid.yaml': manifest() })
  const { Exports = [] } = await cloudformation.listExports({})
  const exported = Object.fromEntries(Exports.map(({ Name = '', Value }) => [Name, Value]))
  expect(await deploy(flags, there.context)).toMatchObject({ changed: true })

  const ecs = new ECS(there.aws.client)
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: 'demo-dev-web' })
  expect(taskDefinition).toMatchObject({
    containerDefinitions: [
      {
        environment: [
          { name: 'TOPIC', value: exported['data-Topic'] },
          { name: 'NAME', value: 'plain' },
        ],
        secrets: [{ name: 'PASSWORD', valueFrom: exported['data-Password'] }],
      },
    ],
  })
  const { clusterArns: [cluster] = [] } = await ecs.listClusters({})
  const { serviceArns: services } = await ecs.listServices({ cluster })
  const { services: [service] = [] } = await ecs.describeServices({ cluster, services })
  expect(service?.networkConfiguration?.awsvpcConfiguration?.securityGroups).toContain(exported['data-Group'])
  expect(await deploy(flags, there.context)).toMatchObject({ changed: false })

  await cloudformation.deleteStack({ StackName: 'data' })
  const reason = async () =>
    (await cloudformation.describeStackEvents({ StackName: 'data' })).StackEvents?.[0]?.ResourceStatusReason
  await expect.poll(reason).toContain('as it is in use by demo-dev-web')
  expect(await destroy(flags, there.context)).toMatchObject({ left: [] })
})
