import * as Sdk from '@aws-sdk/client-ecs'
import { seededRandom } from '../../src/emulator/random.ts'
import { paperBalancer } from '../../src/emulator/runtime/balancer/paper.ts'
import type { Runtime } from '../../src/emulator/runtime/runtime.ts'
import { type SimulatedBehaviour, simulatedRuntime } from '../../src/emulator/runtime/simulated.ts'
import type { State } from '../../src/emulator/state.ts'
import { network } from './elb.ts'
import { startAws } from './emulator.ts'
import { virtualClock } from './virtual-clock.ts'

/** An ECS behind HTTP whose time only passes where the test lets it, with containers that behave by their image. */
export async function startEcs(
  images: Readonly<Record<string, SimulatedBehaviour>> = {},
  options: { readonly state?: State; readonly runtime?: Runtime } = {},
) {
  const clock = virtualClock()
  const runtime = options.runtime ?? simulatedRuntime(seededRandom(2), ({ image }) => images[image] ?? {})
  const aws = await startAws({ ...options, clock, runtime, balancer: paperBalancer() })
  const ecs = new Sdk.ECS(aws.client)
  await ecs.createCluster({})
  const { VpcId, Subnets } = network(aws)
  const awsvpcConfiguration = { subnets: Subnets }

  /** Lets time pass until the answer is something. It is asked for whenever a second has changed what AWS knows. */
  async function until<Answer>(ask: () => Promise<Answer | undefined | false>): Promise<Answer> {
    const known = () => JSON.stringify(aws.emulator.world.state)
    let asked = ''
    for (let second = 0; second < 20_000; second++) {
      if (known() !== asked) {
        const answer = await ask()
        if (answer !== undefined && answer !== false) return answer
        asked = known()
      }
      await clock.pass(1)
    }
    throw new Error('It never came true.')
  }

  const describe = async (name = 'web') => {
    const { services } = await ecs.describeServices({ services: [name] })
    return services?.[0] as Sdk.Service
  }
  const tasks = async (filter: Sdk.ListTasksCommandInput = {}) => {
    const { taskArns = [] } = await ecs.listTasks(filter)
    return taskArns.length > 0 ? ((await ecs.describeTasks({ tasks: taskArns })).tasks ?? []) : []
  }

  return {
    aws,
    clock,
    ecs,
    until,
    describe,
    tasks,
    VpcId,
    Subnets,
    /** Registers a task definition of one container for Fargate, and returns its ARN. */
    async register(image: string, container: Sdk.ContainerDefinition = {}, more: Partial<Definition> = {}) {
      const { taskDefinition } = await ecs.registerTaskDefinition(fargate(image, container, more))
      return taskDefinition?.taskDefinitionArn ?? ''
    },
    async create(taskDefinition: string, more: Partial<Sdk.CreateServiceCommandInput> = {}) {
      const input: Sdk.CreateServiceCommandInput = {
        serviceName: 'web',
        taskDefinition,
        launchType: 'FARGATE',
        networkConfiguration: { awsvpcConfiguration },
      }
      return (await ecs.createService({ ...input, ...more })).service as Sdk.Service
    },
    async run(taskDefinition: string, more: Partial<Sdk.RunTaskCommandInput> = {}) {
      const input = { taskDefinition, launchType: 'FARGATE' as const, networkConfiguration: { awsvpcConfiguration } }
      return (await ecs.runTask({ ...input, ...more })).tasks ?? []
    },
    /** Waits until the newest deployment of the service is in the state. */
    rolledOut: (rolloutState: Sdk.DeploymentRolloutState, name = 'web') =>
      until(async () => {
        const service = await describe(name)
        return service.deployments?.[0]?.rolloutState === rolloutState && service
      }),
    /** Waits until the task has stopped. */
    stopped: (taskArn = '') =>
      until(async () => {
        const [task] = (await ecs.describeTasks({ tasks: [taskArn] })).tasks ?? []
        return task?.lastStatus === 'STOPPED' && task
      }),
  }
}
export type TestEcs = Awaited<ReturnType<typeof startEcs>>
export type Definition = Sdk.RegisterTaskDefinitionCommandInput

export const fargate = (
  image: string,
  container: Sdk.ContainerDefinition = {},
  more: Partial<Definition> = {},
): Definition => ({
  family: 'web',
  networkMode: 'awsvpc',
  requiresCompatibilities: ['FARGATE'],
  cpu: '256',
  memory: '512',
  containerDefinitions: [{ name: 'web', image, portMappings: [{ containerPort: 80 }], ...container }],
  ...more,
})

/** What happened to the service, oldest first, without the ids that are different every time. */
export const story = ({ events = [] }: Sdk.Service): string[] =>
  events
    .map(({ message = '' }) =>
      message
        .replace(/\(task [0-9a-f]{32}\)/g, '(task)')
        .replace(/ecs-svc\/\d+/g, 'ecs-svc')
        .replace(/\(service [\w-]+\) /, ''),
    )
    .reverse()
