import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { deploy, presentDeploy } from '../../src/commands/deploy.ts'
import { scale } from '../../src/commands/scale.ts'
import { flags, testWorld } from '../support/context.ts'
import { notes } from '../support/preflight.ts'

test('a deployment brings back what was scaled by hand, and says so', async () => {
  const world = await testWorld({
    files: { 'img2vid.yaml': "app: demo\nservices: { web: { image: { location: 'nginx:1', port: 80 }, count: 2 } }\n" },
  })
  const desired = async () => {
    const ecs = new ECS(world.aws.client)
    const { clusterArns: [cluster = ''] = [] } = await ecs.listClusters({})
    const { serviceArns: services = [] } = await ecs.listServices({ cluster })
    return (await ecs.describeServices({ cluster, services })).services?.map(({ desiredCount }) => desiredCount)
  }
  await deploy(flags, world.context)
  for (const tasks of [0, 5]) {
    await scale({ ...flags, name: 'web', tasks }, world.context)
    const result = await deploy(flags, world.context)
    expect(result).toMatchObject({ changed: true, services: { web: { changed: true } } })
    expect(presentDeploy(result)).toMatch(/^demo \/ dev is deployed in /)
    expect(notes(world)).toContain(`web: from ${tasks} tasks back to 2, as the manifest says`)
    expect(await desired()).toEqual([2])
  }
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false })
})
