import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'
import { StartError } from './start-error.ts'
import type { ContainerState, TaskDefinitionState, TaskState } from './state.ts'

interface Destination {
  readonly logGroupName: string
  readonly logStreamName: string
  readonly create: boolean
}

/** Where the awslogs driver writes a container's lines; undefined for other drivers. */
function destination(
  task: TaskState,
  { input }: TaskDefinitionState,
  { name }: ContainerState,
): Destination | undefined {
  const { logConfiguration } = input.containerDefinitions?.find((one) => one.name === name) ?? {}
  if (logConfiguration?.logDriver !== 'awslogs') return undefined
  const {
    'awslogs-group': logGroupName = '',
    'awslogs-stream-prefix': prefix,
    'awslogs-create-group': create,
  } = logConfiguration.options ?? {}
  const logStreamName = prefix === undefined ? task.id : `${prefix}/${name}/${task.id}`
  return { logGroupName, logStreamName, create: create === 'true' }
}

/** Makes the log stream as the agent does before it starts a container. Throws StartError. */
export function prepareLogs(
  world: World,
  call: Call,
  task: TaskState,
  definition: TaskDefinitionState,
  container: ContainerState,
): void {
  const to = destination(task, definition, container)
  if (!to) return
  const { logs } = world.services
  const existing = world.region(call.region).logs.groups[to.logGroupName]
  if (existing?.streams[to.logStreamName]) return
  try {
    if (to.create && !existing) logs.CreateLogGroup({ logGroupName: to.logGroupName }, call)
    logs.CreateLogStream(to, call)
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw new StartError(
      `ResourceInitializationError: failed to validate logger args: create stream has been retried 1 times: failed to create Cloudwatch log stream: ${error.code}: ${error.message}`,
    )
  }
}

/** Carries the container's lines to its log stream, from where the stream ends. */
export function followLogs(
  world: World,
  call: Call,
  task: TaskState,
  definition: TaskDefinitionState,
  container: ContainerState,
  signal: AbortSignal,
): void {
  const to = destination(task, definition, container)
  if (!to || container.runtimeId === undefined) return
  const written = world
    .region(call.region)
    .logs.groups[to.logGroupName]?.streams[to.logStreamName]?.events.at(-1)?.timestamp
  const write = (message: string, at: Date) => {
    const stream = world.region(call.region).logs.groups[to.logGroupName]?.streams[to.logStreamName]
    // The group may have gone with its stack while the container still talks.
    if (stream) world.services.logs.PutLogEvents({ ...to, logEvents: [{ timestamp: at.getTime(), message }] }, call)
  }
  const since = written === undefined ? undefined : new Date(written + 1)
  following.set(container, world.runtime.follow(container.runtimeId, write, signal, since))
}

const following = new WeakMap<ContainerState, Promise<void>>()

/** Resolves when all that an ended container has written is in its log stream. */
export const allWritten = (container: ContainerState): Promise<void> => following.get(container) ?? Promise.resolve()
