import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { deploy } from '../../src/commands/deploy.ts'
import { flags, type TestWorld, testWorld } from './context.ts'

/** A web service that answers. */
export const webManifest = (variables = '{}') => `
app: demo
services:
  web:
    image: { build: ., port: 8080 }
    http: { healthcheck: { path: /health, grace_period: 5s } }
    variables: ${variables}
`
export const webFiles = { 'img2vid.yaml': webManifest(), Dockerfile: 'FROM scratch\n' }

/** The web service is deployed, and somebody's update of it, `red`, takes its ten minutes. */
export async function updating(): Promise<TestWorld & { red: ReturnType<typeof deploy> }> {
  const world = await testWorld({ files: webFiles, speed: 500 })
  const { context, aws, write } = world
  await deploy(flags, context)
  aws.emulator.world.faults.add({ kind: 'delay', type: 'AWS::ECS::Service', action: 'update', seconds: 600, times: 1 })
  write({ 'img2vid.yaml': webManifest('{ COLOUR: red }') })
  const red = deploy(flags, context)
  red.catch(() => {})
  const client = new CloudFormation(aws.client)
  await aws.eventually(async () => {
    const { Stacks: [stack] = [] } = await client.describeStacks({ StackName: 'demo-dev-web' })
    return stack?.StackStatus === 'UPDATE_IN_PROGRESS'
  })
  return { ...world, red }
}

/** Properties of the resources of a type, in whatever stack they are. */
export const stackResources = ({ aws }: TestWorld, wanted: string) =>
  Object.values(aws.emulator.world.region('us-east-1').cloudformation.stacks)
    .flatMap(({ resources }) => Object.values(resources))
    .flatMap(({ type, properties }) => (type === wanted ? [properties] : []))
