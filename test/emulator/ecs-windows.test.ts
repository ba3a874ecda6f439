import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { seededRandom } from '../../src/emulator/random.ts'
import { withForeign } from '../../src/emulator/runtime/foreign.ts'
import type { Runtime } from '../../src/emulator/runtime/runtime.ts'
import { simulatedRuntime } from '../../src/emulator/runtime/simulated.ts'
import { storedOnly } from '../../src/emulator/stored.ts'
import { startAws } from '../support/emulator.ts'

/** In the place of a Docker engine, which only runs what is of Linux. */
function linuxEngine(started: string[]): Runtime {
  const runtime = simulatedRuntime(seededRandom(3))
  return {
    ...runtime,
    kind: 'docker',
    gpus: false,
    responder: () => undefined,
    pull: async (image) => {
      if (/windows/.test(image)) throw new Error('no matching manifest for linux/amd64')
      return runtime.pull(image)
    },
    start(spec) {
      started.push(spec.image)
      return runtime.start(spec)
    },
  }
}

const definition = (Image: string, more: object, container: object = {}) => ({
  Type: 'AWS::ECS::TaskDefinition',
  Properties: {
    Family: Image,
    ContainerDefinitions: [
      { Name: 'main', Image, Memory: 128, PortMappings: [{ ContainerPort: 80 }], ...container },
      { Name: 'side', Image: `${Image}-side`, Memory: 128 },
    ],
    ...more,
  },
})

const fargate = { NetworkMode: 'awsvpc', RequiresCompatibilities: ['FARGATE'], Cpu: '1024', Memory: '2048' }
const windows = { CpuArchitecture: 'X86_64', OperatingSystemFamily: 'WINDOWS_SERVER_2022_CORE' }

test('tasks of Windows are on paper beside those that an engine runs, and what it lacks is told', async () => {
  const started: string[] = []
  const runtime = withForeign(linuxEngine(started), simulatedRuntime(seededRandom(4)))
  const aws = await startAws({ runtime })
  const template = {
    Resources: {
      Cluster: { Type: 'AWS::ECS::Cluster' },
      Windows: definition('windows', { ...fargate, RuntimePlatform: windows }),
      Gpu: definition('gpu', {}, { ResourceRequirements: [{ Type: 'GPU', Value: '1' }] }),
      Linux: definition('linux', fargate),
    },
    Outputs: { Cluster: { Value: { Ref: 'Cluster' } } },
  }
  const api = new CloudFormation(aws.client)
  await api.createStack({ StackName: 'mine', TemplateBody: JSON.stringify(template) })
  const cluster = await aws.eventually(async () => {
    const [stack] = (await api.describeStacks({ StackName: 'mine' })).Stacks ?? []
    return stack?.StackStatus === 'CREATE_COMPLETE' && stack.Outputs?.[0]?.OutputValue
  })
  const ecs = new ECS(aws.client)
  const { subnets } = aws.emulator.world.region('us-east-1').ec2
  const networkConfiguration = { awsvpcConfiguration: { subnets: Object.keys(subnets).slice(0, 1) } }
  const run = (taskDefinition: string) =>
    ecs.runTask({ cluster, taskDefinition, launchType: 'FARGATE', networkConfiguration })
  const tasks = [await run('windows'), await run('linux')].map(({ tasks: [task] = [] }) => task?.taskArn ?? '')
  await aws.eventually(async () => {
    const { tasks: seen = [] } = await ecs.describeTasks({ cluster, tasks })
    return seen.every(({ lastStatus }) => lastStatus === 'RUNNING')
  })
  expect(started).toEqual(['linux', 'linux-side'])
  const running = Object.values(aws.emulator.world.region('us-east-1').ecs.tasks)
  const answers = running.map(({ containers: [main] }) => runtime.responder(main?.runtimeId ?? '')?.('/').status)
  expect(answers).toEqual([200, undefined])
  expect(await runtime.find({})).toHaveLength(6)
  expect(
    storedOnly(aws.emulator.world, 'us-east-1').map(({ logicalId, properties }) => [logicalId, properties]),
  ).toEqual([
    ['Windows', ['Windows: its tasks are simulated']],
    ['Gpu', ['GPUs: Docker here has none']],
  ])
  await ecs.stopTask({ cluster, task: tasks[0] })
  await aws.eventually(async () => (await runtime.find({})).length === 3)
})
