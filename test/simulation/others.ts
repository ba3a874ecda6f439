import { CALL } from '../support/world.ts'
import type { SimulatedAws } from './aws.ts'

const TEMPLATE = JSON.stringify({ Resources: { Lines: { Type: 'AWS::Logs::LogGroup' } } })

/** What belongs to others, with names that are easily taken for the app's own. */
export async function settleOthers({ emulator, clock, push }: SimulatedAws): Promise<void> {
  const { cloudformation, ecr, ecs, logs } = emulator.world.services
  await cloudformation.CreateStack({ StackName: 'demo-development', TemplateBody: TEMPLATE }, CALL)
  await ecr.CreateRepository({ repositoryName: 'demo/webshop' }, CALL)
  push('demo/webshop', 'newest', 'FROM others')
  logs.CreateLogGroup({ logGroupName: '/img2vid/demo-dev/webshop' }, CALL)
  ecs.CreateCluster({ clusterName: 'demo-dev' }, CALL)
  for (const family of ['demo-dev-web-shop', 'demo-dev', 'web']) {
    ecs.RegisterTaskDefinition({ family, containerDefinitions: [{ name: 'web', image: 'web', memory: 64 }] }, CALL)
  }
  await clock.sleep(60_000)
}
