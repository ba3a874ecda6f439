import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import type { UserError } from '../../src/errors.ts'
import { stepsOf } from '../../src/plan/stacks/overrides.ts'
import { flags, testWorld } from '../support/context.ts'

test('a place is written as Copilot does, or as a JSON pointer', () => {
  expect(['A.B[0].C[-].D', '/A/B/0/C/-/D', '/A/x~1y~0z'].map(stepsOf)).toEqual([
    ['A', 'B', '0', 'C', '-', 'D'],
    ['A', 'B', '0', 'C', '-', 'D'],
    ['A', 'x/y~z'],
  ])
})

const refused: Record<string, [override: string, message: string]> = {
  'no section': [
    '{ path: Properties.X, value: 1 }',
    'begins with Properties; it has to be Resources, Outputs, Parameters, Conditions',
  ],
  'no such resource': [
    '{ path: Resources.TaskServise.Properties.X, value: 1 }',
    'the template has no TaskServise in Resources; there are ',
  ],
  'no such property': [
    '{ path: Resources.TaskService.Properties.DesiredCound, value: 1 }',
    'TaskService: #: extraneous key [DesiredCound] is not permitted',
  ],
  'a wrong type': [
    '{ path: Resources.TaskService.Properties.LaunchType, value: MOON }',
    'TaskService: #/LaunchType: MOON is not a valid enum value',
  ],
  'a number that is none of those': [
    '{ path: Resources.LogGroup.Properties.RetentionInDays, value: 31 }',
    'LogGroup: #/RetentionInDays: 31 is not a valid enum value',
  ],
  'deeper than there is': [
    '{ path: Resources.LogGroup.Type.X, value: 1 }',
    'Resources.LogGroup.Type is no group, but "AWS::Logs::LogGroup"',
  ],
  'too far in a list': [
    "{ path: 'Resources.TaskDefinition.Properties.ContainerDefinitions[2].Cpu', value: 1 }",
    'Resources.TaskDefinition.Properties.ContainerDefinitions.2 is out of range: the list has one item',
  ],
  'what is needed is removed': [
    '{ path: Resources.SecurityGroup.Properties.GroupDescription, remove: true }',
    'SecurityGroup: #: required key [GroupDescription] not found',
  ],
  'nothing to remove': [
    '{ path: Resources.TaskService.Properties.Role, remove: true }',
    'there is no Resources.TaskService.Properties.Role to remove',
  ],
  'a reference to nothing': [
    '{ path: Resources.LogGroup.Properties.KmsKeyId, value: { Ref: Key } }',
    'LogGroup: there is no Key to refer to',
  ],
  'a resource that others refer to is removed': [
    '{ path: Resources.LogGroup, remove: true }',
    'TaskDefinition: there is no LogGroup to refer to',
  ],
  'a wait for nothing': [
    '{ path: Resources.TaskService.DependsOn, value: Nothing }',
    'TaskService: there is no Nothing to refer to',
  ],
  'a resource without a type': ['{ path: Resources.X, value: { Properties: {} } }', 'X: needs a Type'],
  'no resource type': ['{ path: Resources.X, value: { Type: Bucket } }', 'X: Bucket is no type of a resource'],
}

test.each(Object.entries(refused))('%s is refused before anything is touched', async (_name, [override, message]) => {
  const manifest = `app: shop\nservices:\n  web:\n    image: { location: 'nginx:1' }\n    overrides:\n    - ${override}\n`
  const { context, aws } = await testWorld({ files: { 'img2vid.yaml': manifest } })
  const error = (await deploy(flags, context).catch((thrown: unknown) => thrown)) as UserError
  expect(error).toMatchObject({
    outcome: 'usage',
  })
  expect(error.problems[0]).toMatchObject({
    line: 6,
    path: 'services.web.overrides[0].path',
    message: expect.stringContaining(message),
  })
  expect(Object.values(aws.emulator.world.region('us-east-1').cloudformation.stacks)).toEqual([])
})

test('an override of an environment has its place there', async () => {
  const manifest = `app: shop
services: { web: { image: { location: 'nginx:1' }, overrides: [] } }
overrides: []
environments:
  dev:
    overrides: [{ path: Resources.Nothing.X, value: 1 }]
    services: { web: { overrides: [{ path: Resources.Nobody.X, value: 1 }] } }
`
  const { context } = await testWorld({ files: { 'img2vid.yaml': manifest } })
  await expect(deploy(flags, context)).rejects.toMatchObject({
    problems: [
      { line: 6, path: 'environments.dev.overrides[0].path' },
      { line: 7, path: 'environments.dev.services.web.overrides[0].path' },
    ],
  })
})

test('what is wrong is told at once, each at the override that makes it so, and Copilot’s of the task definition are made first', async () => {
  const manifest = (...overrides: string[]) => `app: shop
services:
  web:
    image: { location: 'nginx:1' }
    overrides:
${overrides.map((one) => `      - ${one}\n`).join('')}    taskdef_overrides:
      - { path: 'ContainerDefinitions[0].Ulimits[-]', value: { Name: cpu, SoftLimit: 1, HardLimit: 2 } }
      - { path: EnableFaultInjection, value: maybe }
`
  const wrong = manifest(
    '{ path: Resources.TaskDefinition.Properties.Cpuu, value: 1 }',
    '{ path: Resources.Nobody.X, value: 1 }',
    "{ path: 'Resources.TaskDefinition.Properties.ContainerDefinitions[0].Essential', value: perhaps }",
  )
  const { context, write, aws } = await testWorld({ files: { 'img2vid.yaml': wrong } })
  const error = (await deploy(flags, context).catch((thrown: unknown) => thrown)) as UserError
  expect(error.problems.map(({ line, path, message }) => `${line} ${path} ${message.slice(0, 60)}`)).toEqual([
    '6 services.web.overrides[0].path TaskDefinition: #: extraneous key [Cpuu] is not permitted',
    '7 services.web.overrides[1].path the template has no Nobody in Resources; there are LogGroup,',
    '8 services.web.overrides[2].path TaskDefinition: #/ContainerDefinitions/0/Essential: expected',
    '11 services.web.taskdef_overrides[1].path TaskDefinition: #/EnableFaultInjection: expected type: Boole',
  ])
  write({
    'img2vid.yaml': manifest(
      "{ path: 'Resources.TaskDefinition.Properties.ContainerDefinitions[0].Ulimits[0].HardLimit', value: 3 }",
    ).replace('maybe', 'true'),
  })
  await deploy(flags, context)
  const [definition] = Object.values(aws.emulator.world.region('us-east-1').ecs.taskDefinitions)
  expect(definition?.input).toMatchObject({
    enableFaultInjection: true,
    containerDefinitions: [{ ulimits: [{ name: 'cpu', softLimit: 1, hardLimit: 3 }] }],
  })
})

test('what containers wait for is overridden like all else', async () => {
  const manifest = `app: shop
services:
  web:
    image: { location: 'nginx:1', depends_on: { first: complete } }
    sidecars: { first: { image: 'nginx:1', essential: false } }
    taskdef_overrides:
      - { path: 'ContainerDefinitions[0].DependsOn[0].Condition', value: START }
`
  const { context, aws } = await testWorld({ files: { 'img2vid.yaml': manifest } })
  await deploy(flags, context)
  const [definition] = Object.values(aws.emulator.world.region('us-east-1').ecs.taskDefinitions)
  expect(definition?.input.containerDefinitions?.[0]?.dependsOn).toEqual([
    { containerName: 'first', condition: 'START' },
  ])
})
