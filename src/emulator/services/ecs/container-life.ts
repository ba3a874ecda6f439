import type { ContainerDefinition } from '@aws-sdk/client-ecs'
import { bellOf } from '../../bell.ts'
import { OWNER_LABEL } from '../../runtime/labels.ts'
import { PullError } from '../../runtime/runtime.ts'
import type { Call, World } from '../../world.ts'
import { containerSpec, isWindows } from './containers.ts'
import { dependenciesMet, hopeless } from './dependencies.ts'
import { fileVariables } from './env-files.ts'
import { arrival } from './image-pull.ts'
import { followLogs, prepareLogs } from './log-driver.ts'
import { loginFor } from './registry-auth.ts'
import { joinsOf } from './service-connect.ts'
import { StartError } from './start-error.ts'
import type { ContainerState, TaskDefinitionState, TaskState } from './state.ts'
import { stopTask } from './stop-task.ts'
import { boundPorts, needsNetwork, portsOfTask } from './task-network.ts'

const TERMINATED = 143

/** A task that is being looked after. */
export interface Life {
  readonly world: World
  readonly call: Call
  readonly task: TaskState
  readonly definition: TaskDefinitionState
  readonly signal: AbortSignal
}

export const wanted = ({ task }: Life): boolean => task.desiredStatus === 'RUNNING'

/** A real engine takes its own time. */
export async function pullImages(life: Life): Promise<void> {
  const { world, call, task, definition } = life
  for (const container of task.containers) {
    const login = loginFor(world, call, { ...declaredOf(definition, container), image: container.image })
    try {
      const { digest } = await world.runtime.pull(container.image, login, isWindows(definition))
      if (world.runtime.kind === 'simulated') await arrival(life, container.image)
      if (digest !== undefined) container.imageDigest = digest
    } catch (error) {
      if (!(error instanceof PullError)) throw error
      container.reason = `CannotPullContainerError: ${error.message}`
      throw new StartError(`CannotPullContainerError: ${error.message}`)
    }
  }
}

/** The containers of the task come and go in it. */
export async function openNetwork({ world, call, task, definition }: Life): Promise<void> {
  if (task.sharedNetwork || !needsNetwork(definition)) return
  try {
    const { id, ports } = await world.runtime.openNetwork({
      name: `ecs-${definition.family}-${definition.revision}-network-${task.id.slice(0, 12)}`,
      labels: { [OWNER_LABEL]: world.id, 'com.amazonaws.ecs.task-arn': task.arn },
      windows: isWindows(definition),
      ports: portsOfTask(definition),
      joins: joinsOf(world, call.region, task) ?? [],
    })
    task.sharedNetwork = { runtimeId: id, ports }
  } catch (error) {
    throw new StartError(`ResourceInitializationError: failed to make the task's network: ${(error as Error).message}`)
  }
}

/** Starts containers in the order of dependsOn; each waits for the condition of those it depends on. */
export async function startContainers(life: Life): Promise<void> {
  const { task, definition, signal, world } = life
  const waiting = new Set(task.containers.filter(({ runtimeId }) => runtimeId === undefined))
  while (waiting.size > 0 && wanted(life)) {
    signal.throwIfAborted()
    giveUpHopeless(life, waiting)
    const ready = [...waiting].find((container) => dependenciesMet(task, definition, container))
    if (ready) {
      await startContainer(life, ready)
      waiting.delete(ready)
    } else if (waiting.size > 0 && wanted(life)) {
      await bellOf(world, task.arn).wait(signal, world.patience.sleep(1000, signal))
    }
  }
}

/** Containers that need one that has failed count as stopped by SIGTERM, as the agent has it. */
function giveUpHopeless({ world, task, definition }: Life, waiting: Set<ContainerState>): void {
  for (const container of waiting) {
    const reason = hopeless(task, definition, container)
    if (reason === undefined) continue
    waiting.delete(container)
    Object.assign(container, { lastStatus: 'STOPPED', exitCode: TERMINATED, reason })
    if (container.essential) stopTask(world, task, 'EssentialContainerExited', 'Essential container in task exited')
  }
}

async function startContainer(
  { world, call, task, definition, signal }: Life,
  container: ContainerState,
): Promise<void> {
  const { environmentFiles = [] } = declaredOf(definition, container)
  const overridden = task.overrides.find(({ name }) => name === container.name)?.environmentFiles ?? []
  const files = await fileVariables(world, call, { environmentFiles: [...overridden, ...environmentFiles] })
  const spec = containerSpec(world, call, task, definition, container, files)
  prepareLogs(world, call, task, definition, container)
  try {
    const { id, ports } = await world.runtime.start(spec)
    container.runtimeId = id
    container.ports = boundPorts(definition, declaredOf(definition, container), task.sharedNetwork?.ports ?? ports)
    container.lastStatus = 'RUNNING'
  } catch (error) {
    container.reason = `CannotStartContainerError: ${(error as Error).message}`
    throw new StartError(container.reason)
  }
  followLogs(world, call, task, definition, container, signal)
  countStarting({ world, task, definition }, container)
}

/** What depends on the container gives up once it has had its time to start. */
function countStarting(
  { world, task, definition }: Pick<Life, 'world' | 'task' | 'definition'>,
  container: ContainerState,
): void {
  const { startTimeout } = declaredOf(definition, container)
  if (startTimeout === undefined) return
  world.background(async (signal) => {
    await world.patience.sleep(startTimeout * 1000, signal)
    container.overdue = true
    bellOf(world, task.arn).ring()
  })
}

export const declaredOf = ({ input }: TaskDefinitionState, { name }: ContainerState): ContainerDefinition =>
  input.containerDefinitions?.find((one) => one.name === name) ?? {}
