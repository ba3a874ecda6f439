import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { status } from '../../src/commands/status.ts'
import { flags, testWorld } from '../support/context.ts'
import { webFiles } from '../support/deployed.ts'

test('what a service runs is what ECS says, and not what its stack was deployed with', async () => {
  const world = await testWorld({ files: webFiles })
  await deploy(flags, world.context)
  const web = async () => (await status(flags, world.context)).environments.dev?.services.web
  const before = await web()
  expect(before).toMatchObject({ image: expect.stringContaining('@sha256:'), tags: [expect.stringMatching(/-/)] })

  const ecs = new ECS(world.aws.client)
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: before?.taskDefinition ?? '' })
  const { family, containerDefinitions = [], networkMode, cpu, memory, requiresCompatibilities } = taskDefinition ?? {}
  const { taskDefinition: other } = await ecs.registerTaskDefinition({
    family,
    containerDefinitions: containerDefinitions.map((one) => ({ ...one, image: 'nginx:1' })),
    networkMode,
    cpu,
    memory,
    requiresCompatibilities,
    executionRoleArn: taskDefinition?.executionRoleArn,
  })
  const { clusterArns: [cluster] = [] } = await ecs.listClusters({})
  const { serviceArns: [service] = [] } = await ecs.listServices({ cluster })
  await ecs.updateService({ cluster, service, taskDefinition: other?.taskDefinitionArn })
  expect(await world.aws.eventually(async () => (await web())?.image === 'nginx:1' && web())).toMatchObject({
    image: 'nginx:1',
    tags: [],
    taskDefinition: other?.taskDefinitionArn,
  })
})
