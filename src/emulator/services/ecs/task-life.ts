import { bellOf, forgetBell } from '../../bell.ts'
import type { World } from '../../world.ts'
import { assignPublicIp } from '../ec2/network-interfaces.ts'
import { takenUp } from './activities.ts'
import { declaredOf, type Life, openNetwork, pullImages, startContainers, wanted } from './container-life.ts'
import { addServiceEvent } from './deployments.ts'
import { ecsOf } from './find.ts'
import { allWritten } from './log-driver.ts'
import { type Placement, place, placementFailure } from './placement.ts'
import { interruptIfOrdered } from './spot.ts'
import { StartError } from './start-error.ts'
import type { ServiceState, TaskDefinitionState, TaskState, TaskStatus } from './state.ts'
import { stopTask } from './stop-task.ts'
import { deregisterTargets, registerTargets } from './targets.ts'
import { removeTaskVolumes } from './volumes.ts'

/** What AWS takes to get a Fargate task's room ready, and an instance's (aws-facts: about 30 s without the pull). */
const PROVISIONING_SECONDS = { FARGATE: 20, EC2: 2, EXTERNAL: 2, MANAGED_INSTANCES: 2 }
const DEPROVISIONING_SECONDS = 5
/** How long ECS shows a stopped task. */
const SHOWN_SECONDS = 3600
const STOP_TIMEOUT_SECONDS = 30
/** A container that ends sooner has failed to start, though it was running for a moment. */
const LASTING_SECONDS = 5

/** Looks after a task from where it stands to its end. */
export function startTask(world: World, region: string, task: TaskState): void {
  const call = { region, requestId: world.random.uuid() }
  world.background(async (signal) => {
    if (task.lastStatus !== 'STOPPED')
      await live({ world, call, task, signal, definition: definitionOf(world, region, task) })
    forgetBell(world, task.arn)
    await world.clock.sleep(SHOWN_SECONDS * 1000, signal)
    delete ecsOf(world, region).tasks[task.arn]
  })
}

async function live(life: Life): Promise<void> {
  const { world, task, signal } = life
  await takenUp(world)
  try {
    if (task.desiredStatus === 'RUNNING') await bringUp(life)
    while (task.desiredStatus === 'RUNNING' && !signal.aborted) await bellOf(world, task.arn).wait(signal)
  } catch (error) {
    if (!(error instanceof StartError)) throw error
    stopTask(world, task, 'TaskFailedToStart', error.message)
  }
  signal.throwIfAborted()
  await takeDown(life)
}

type Room = Extract<Placement, { instance: unknown }>

function definitionOf(world: World, region: string, { definitionArn }: TaskState): TaskDefinitionState {
  const definition = ecsOf(world, region).taskDefinitions[definitionArn]
  if (definition) return definition
  throw new Error(`${definitionArn} is gone while a task of it is there`)
}

function enter({ world, task }: Life, status: TaskStatus): void {
  task.lastStatus = status
  if (task.serviceArn !== undefined) bellOf(world, task.serviceArn).ring()
}

const serviceOf = (world: World, region: string, { serviceArn }: TaskState): ServiceState | undefined =>
  serviceArn === undefined ? undefined : ecsOf(world, region).services[serviceArn]

async function bringUp(life: Life): Promise<void> {
  const { world, task, signal } = life
  if (task.lastStatus === 'PROVISIONING') {
    await world.clock.sleep(PROVISIONING_SECONDS[task.launchType] * 1000, signal)
    if (!(await findRoom(life))) return
    if (task.network) attachNetwork(life)
    enter(life, 'PENDING')
  }
  if (task.lastStatus === 'PENDING') {
    task.pullStartedAt ??= world.clock.now()
    await pullImages(life)
    task.pullStoppedAt ??= world.clock.now()
    if (!wanted(life)) return
    await openNetwork(life)
    await startContainers(life)
    if (!wanted(life)) return
    enter(life, 'ACTIVATING')
  }
  if (task.lastStatus === 'ACTIVATING') {
    registerTargets(world, life.call, task)
    task.startedAt = world.clock.now()
    enter(life, 'RUNNING')
    interruptIfOrdered(world, life.call.region, task)
  }
  countRunning(life)
}

/** Failing target health checks are overlooked until the service's grace period has passed. */
function countRunning({ world, call, task }: Life): void {
  const seconds = serviceOf(world, call.region, task)?.input.healthCheckGracePeriodSeconds ?? 0
  const after = (wait: number, mark: 'graceOver' | 'lasted') => {
    if (task[mark]) return
    world.background(async (signal) => {
      await world.patience.sleep(wait * 1000, signal)
      task[mark] = true
      if (task.serviceArn !== undefined) bellOf(world, task.serviceArn).ring()
    })
  }
  after(seconds, 'graceOver')
  after(LASTING_SECONDS, 'lasted')
}

/** Waits for an instance with room, for as long as it takes; its service tells why. */
async function findRoom(life: Life): Promise<boolean> {
  const { world, task, definition, signal, call } = life
  if (task.launchType === 'FARGATE') return true
  while (wanted(life) && task.containerInstanceArn === undefined) {
    const placement = place(world, call.region, task, definition)
    if ('instance' in placement) occupy(task, definition, placement)
    else {
      const service = serviceOf(world, call.region, task)
      if (service) addServiceEvent(world, service, placementFailure(placement, task.capacityProvider))
      await world.clock.sleep(2000, signal)
    }
  }
  return wanted(life)
}

/** Puts the task on its instance, and gives it GPUs that are its own. */
export function occupy(task: TaskState, { input }: TaskDefinitionState, { instance, gpuIds }: Room): void {
  task.containerInstanceArn = instance.arn
  const left = [...gpuIds]
  for (const container of task.containers) {
    const declared = input.containerDefinitions?.find(({ name }) => name === container.name)
    const count = declared?.resourceRequirements?.find(({ type }) => type === 'GPU')?.value ?? '0'
    container.gpuIds = left.splice(0, Number(count))
  }
}

function attachNetwork({ world, call, task }: Life): void {
  const { awsvpcConfiguration: { subnets = [], securityGroups = [], assignPublicIp: wish } = {} } = task.network ?? {}
  const siblings = Object.values(ecsOf(world, call.region).tasks).filter(
    (one) => one.deploymentId === task.deploymentId && one.desiredStatus === 'RUNNING',
  )
  const count = (subnet: string) => siblings.filter((one) => one.networkInterface?.subnetId === subnet).length
  // As even as can be over the zones; the first of those with the fewest.
  const [subnetId = ''] = [...subnets].sort((a, b) => count(a) - count(b))
  const { NetworkInterface } = world.services.ec2.CreateNetworkInterface(
    { SubnetId: subnetId, Groups: [...securityGroups], Description: `${task.arn}` },
    call,
  )
  task.networkInterface = {
    id: NetworkInterface?.NetworkInterfaceId ?? '',
    subnetId,
    privateIp: NetworkInterface?.PrivateIpAddress ?? '',
    macAddress: NetworkInterface?.MacAddress ?? '',
  }
  if (wish === 'ENABLED') assignPublicIp(world, call.region, task.networkInterface.id)
}

async function takeDown(life: Life): Promise<void> {
  const { world, call, task, definition, signal } = life
  enter(life, 'DEACTIVATING')
  const interrupted = task.stopCode === 'SpotInterruption'
  if (!interrupted) await deregisterTargets(world, call, task, signal)
  enter(life, 'STOPPING')
  for (const container of [...task.containers].reverse()) {
    const { runtimeId } = container
    if (runtimeId === undefined) continue
    if (container.lastStatus === 'RUNNING')
      await world.runtime.stop(runtimeId, declaredOf(definition, container).stopTimeout ?? STOP_TIMEOUT_SECONDS)
    container.lastStatus = 'STOPPED'
    await allWritten(container)
    await world.runtime.remove(runtimeId)
  }
  for (const container of task.containers) container.lastStatus = 'STOPPED'
  if (task.sharedNetwork) await world.runtime.remove(task.sharedNetwork.runtimeId)
  await removeTaskVolumes(world, call, task, definition)
  // Two minutes are too short for some load balancers to let go first.
  if (interrupted) world.background((closing) => deregisterTargets(world, call, task, closing))
  enter(life, 'DEPROVISIONING')
  await world.clock.sleep(DEPROVISIONING_SECONDS * 1000, signal)
  if (task.networkInterface) {
    world.services.ec2.DeleteNetworkInterface({ NetworkInterfaceId: task.networkInterface.id }, call)
  }
  task.stoppedAt = world.clock.now()
  enter(life, 'STOPPED')
}
