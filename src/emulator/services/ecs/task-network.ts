import type { ContainerDefinition } from '@aws-sdk/client-ecs'
import type { ContainerSpec, StartedContainer } from '../../runtime/runtime.ts'
import type { ContainerState, TaskDefinitionState, TaskState } from './state.ts'

type NetworkMode = 'awsvpc' | 'bridge' | 'host' | 'none'

const networkMode = ({ input }: TaskDefinitionState): NetworkMode => (input.networkMode ?? 'bridge') as NetworkMode

/** Whether a port of the container is the same port of the task's or the instance's address. */
const hasOwnPorts = (definition: TaskDefinitionState): boolean => ['awsvpc', 'host'].includes(networkMode(definition))

/** Several containers with one address need something that holds it, whichever of them comes and goes. */
export const needsNetwork = (definition: TaskDefinitionState): boolean =>
  hasOwnPorts(definition) && (definition.input.containerDefinitions ?? []).length > 1

const mappingsOf = ({ portMappings = [] }: ContainerDefinition): ContainerSpec['ports'] =>
  portMappings.map(({ containerPort = 0, protocol = 'tcp' }) => ({ containerPort, protocol }))

/** All ports of a task, for the network that its containers share. */
export const portsOfTask = ({ input }: TaskDefinitionState): ContainerSpec['ports'] =>
  (input.containerDefinitions ?? []).flatMap(mappingsOf)

/** How a container is connected: to the task's network, to none, or by itself, where it reaches others by links. */
export function connection(
  task: TaskState,
  definition: TaskDefinitionState,
  declared: ContainerDefinition,
  joins: ContainerSpec['joins'] = [],
): Pick<ContainerSpec, 'ports' | 'networkOf' | 'isolated' | 'links' | 'hosts' | 'hostname' | 'joins'> {
  if (networkMode(definition) === 'none') return { ports: [], isolated: true }
  if (task.sharedNetwork) return { ports: [], networkOf: task.sharedNetwork.runtimeId }
  const links = (declared.links ?? []).flatMap((link) => {
    const [name, alias = name] = link.split(':')
    const id = task.containers.find((one) => one.name === name)?.runtimeId
    return id !== undefined && alias !== undefined ? [{ id, alias }] : []
  })
  return {
    ports: mappingsOf(declared),
    ...(joins.length > 0 && { joins }),
    ...(links.length > 0 && { links }),
    ...(declared.hostname !== undefined && { hostname: declared.hostname }),
    hosts: Object.fromEntries(
      (declared.extraHosts ?? []).map(({ hostname = '', ipAddress = '' }) => [hostname, ipAddress]),
    ),
  }
}

/** The host ports of a container as ECS tells them, and where they are on this machine. */
export function boundPorts(
  definition: TaskDefinitionState,
  declared: ContainerDefinition,
  published: StartedContainer['ports'],
): ContainerState['ports'] {
  return (declared.portMappings ?? []).flatMap(({ containerPort = 0, hostPort = 0, protocol = 'tcp' }) => {
    const found = published.find((one) => one.containerPort === containerPort && one.protocol === protocol)
    if (!found) return []
    const told = hasOwnPorts(definition) ? containerPort : hostPort || found.hostPort
    return [{ containerPort, protocol, hostPort: told, reachedAt: found.hostPort }]
  })
}
