import type { CreateCapacityProviderCommandInput, InstanceRequirementsRequest } from '@aws-sdk/client-ecs'
import { arn, type Call, type World } from '../../world.ts'
import { type InstanceTypeFacts, instanceTypeTable, isOffered } from '../ec2/instance-type-table.ts'
import { tasksOn } from './container-instances.ts'
import { ecsOf, findCluster } from './find.ts'
import { memoryForTasks, needsOf } from './needs.ts'
import { place } from './placement.ts'
import { refuseDefinition } from './refusals.ts'
import type { CapacityProviderState, ContainerInstanceState, TaskState } from './state.ts'
import { superviseProviders } from './supervision.ts'

const CHECK_SECONDS = 10
/** From the decision to an instance that takes tasks: 42 s were measured for one (aws-facts). */
const LAUNCH_SECONDS = 40
/** How long an instance may be idle where the provider does not say. Assumed: the documentation gives no figure. */
const IDLE_SECONDS = 300

type ManagedProvider = CapacityProviderState & { readonly managed: NonNullable<CapacityProviderState['managed']> }

/** What ECS refuses of a provider whose instances it manages itself. Returns the name of the cluster. */
export function checkManaged(world: World, call: Call, input: CreateCapacityProviderCommandInput): string {
  const { instanceLaunchTemplate, infrastructureRoleArn } = input.managedInstancesProvider ?? {}
  if (input.cluster === undefined)
    refuseDefinition('A cluster is required to create a Managed Instances capacity provider.')
  if (!infrastructureRoleArn) refuseDefinition('The infrastructure role ARN is required.')
  if (!instanceLaunchTemplate?.ec2InstanceProfileArn) refuseDefinition('The instance profile ARN is required.')
  if ((instanceLaunchTemplate?.networkConfiguration?.subnets ?? []).length === 0)
    refuseDefinition('At least one subnet is required.')
  return findCluster(world, call, input.cluster).name
}

/** Has instances for the tasks that wait, and none that nobody needs any more. */
export function superviseManaged(world: World): void {
  const idle = new Map<string, number>()
  superviseProviders(world, CHECK_SECONDS, isManaged, ({ region }, provider) => {
    for (const task of waiting(world, region, provider)) provision(world, region, provider, task)
    removeIdle(world, region, provider, idle)
  })
}

const isManaged = (one: CapacityProviderState): one is ManagedProvider => one.managed !== undefined

/** Tasks without an instance, of which none that is there or on its way takes them. */
const waiting = (world: World, region: string, { name, managed }: ManagedProvider): TaskState[] =>
  Object.values(ecsOf(world, region).tasks).filter(
    (task) =>
      task.capacityProvider === name &&
      task.clusterArn.endsWith(`/${managed.cluster}`) &&
      task.lastStatus === 'PROVISIONING' &&
      task.desiredStatus === 'RUNNING' &&
      task.containerInstanceArn === undefined,
  )

function provision(world: World, region: string, provider: ManagedProvider, task: TaskState): void {
  const definition = ecsOf(world, region).taskDefinitions[task.definitionArn]
  if (!definition || task.managedBy !== undefined || 'instance' in place(world, region, task, definition)) return
  const { cpu, memoryMiB, gpus } = needsOf(definition)
  const architecture = definition.input.runtimePlatform?.cpuArchitecture === 'ARM64' ? 'arm64' : 'x86_64'
  const subnets = provider.managed.config.instanceLaunchTemplate?.networkConfiguration?.subnets ?? []
  const zone = world.region(region).ec2.subnets[subnets[0] ?? '']?.AvailabilityZone ?? `${region}a`
  const type = typesOf(provider).find(
    (one) =>
      one.architecture === architecture &&
      one.vcpus * 1024 >= cpu &&
      memoryForTasks(one.memoryMiB) >= memoryMiB &&
      (one.gpu?.count ?? 0) >= gpus &&
      isOffered(one.name, zone),
  )
  if (!type) return
  task.managedBy = provider.name
  world.background(async (signal) => {
    await world.clock.sleep(LAUNCH_SECONDS * 1000, signal)
    delete task.managedBy
    const cluster = task.clusterArn.split('/').at(-1) ?? ''
    const instance = instanceOf(world, region, cluster, provider, type, zone)
    if (ecsOf(world, region).capacityProviders[provider.arn])
      ecsOf(world, region).containerInstances[instance.arn] = instance
  })
}

/** The instance types that the provider may use, the smallest first. */
function typesOf({ managed }: ManagedProvider): InstanceTypeFacts[] {
  const { instanceRequirements } = managed.config.instanceLaunchTemplate ?? {}
  return [...instanceTypeTable.values()]
    .filter((type) => meets(type, instanceRequirements))
    .sort((a, b) => a.vcpus - b.vcpus || a.memoryMiB - b.memoryMiB)
}

function meets(type: InstanceTypeFacts, requirements: InstanceRequirementsRequest | undefined): boolean {
  if (!requirements) return !type.gpu && !type.burstable
  const { allowedInstanceTypes, excludedInstanceTypes = [], vCpuCount, memoryMiB, acceleratorCount } = requirements
  const named = (patterns: readonly string[]) => patterns.some((one) => wildcard(one).test(type.name))
  const within = (value: number, range: { min?: number | undefined; max?: number | undefined } = {}) =>
    value >= (range.min ?? 0) && value <= (range.max ?? Number.POSITIVE_INFINITY)
  return (
    (allowedInstanceTypes ? named(allowedInstanceTypes) : acceleratorCount !== undefined || !type.gpu) &&
    !named(excludedInstanceTypes) &&
    within(type.vcpus, vCpuCount) &&
    within(type.memoryMiB, memoryMiB) &&
    within(type.gpu?.count ?? 0, acceleratorCount)
  )
}

const wildcard = (pattern: string): RegExp => new RegExp(`^${pattern.replace(/[.]/g, '\\.').replaceAll('*', '.*')}$`)

function instanceOf(
  world: World,
  region: string,
  cluster: string,
  provider: ManagedProvider,
  type: InstanceTypeFacts,
  zone: string,
): ContainerInstanceState {
  return {
    arn: arn(world, 'ecs', region, `container-instance/${cluster}/${world.random.hex(32)}`),
    clusterArn: arn(world, 'ecs', region, `cluster/${cluster}`),
    ec2InstanceId: `i-${world.random.hex(17)}`,
    capacityProvider: provider.name,
    managed: true,
    status: 'ACTIVE',
    agentConnected: true,
    registeredAt: world.clock.now(),
    cpu: type.vcpus * 1024,
    memoryMiB: memoryForTasks(type.memoryMiB),
    gpuIds: Array.from({ length: type.gpu?.count ?? 0 }, () => `GPU-${world.random.uuid()}`),
    availabilityZone: zone,
    attributes: [
      { name: 'ecs.availability-zone', value: zone },
      { name: 'ecs.instance-type', value: type.name },
      { name: 'ecs.os-type', value: 'linux' },
      { name: 'ecs.cpu-architecture', value: type.architecture },
    ],
    tags: [],
  }
}

function removeIdle(world: World, region: string, provider: ManagedProvider, idle: Map<string, number>): void {
  const { scaleInAfter = IDLE_SECONDS } = provider.managed.config.infrastructureOptimization ?? {}
  for (const instance of Object.values(ecsOf(world, region).containerInstances)) {
    if (instance.capacityProvider !== provider.name) continue
    const seconds = tasksOn(world, region, instance).length === 0 ? (idle.get(instance.arn) ?? 0) + CHECK_SECONDS : 0
    idle.set(instance.arn, seconds)
    if (scaleInAfter < 0 || seconds <= scaleInAfter) continue
    idle.delete(instance.arn)
    delete ecsOf(world, region).containerInstances[instance.arn]
  }
}

/** Instances go with their provider. */
export function removeManaged(world: World, region: string, { name }: CapacityProviderState): void {
  const { containerInstances } = ecsOf(world, region)
  for (const instance of Object.values(containerInstances))
    if (instance.capacityProvider === name) delete containerInstances[instance.arn]
}
