import type { CreateServiceCommandInput, ServiceConnectServiceResource } from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import { OWNER_LABEL } from '../../runtime/labels.ts'
import type { ContainerSpec } from '../../runtime/runtime.ts'
import { arn, type Call, type World } from '../../world.ts'
import { ecsOf } from './find.ts'
import { refuseService } from './refusals.ts'
import type { ClusterState, NamespaceState, ServiceState, TaskDefinitionState, TaskState } from './state.ts'

const namespaces = (world: World, region: string): Record<string, NamespaceState> => {
  const ecs = ecsOf(world, region)
  ecs.namespaces ??= {}
  return ecs.namespaces
}

export const findNamespace = (world: World, region: string, nameOrArn: string): NamespaceState | undefined =>
  Object.values(namespaces(world, region)).find(
    ({ id, name, ...one }) => one.arn === nameOrArn || name === nameOrArn || id === nameOrArn,
  )

/** A namespace of AWS Cloud Map, as far as Service Connect needs one. */
export function createNamespace(world: World, region: string, name: string): NamespaceState {
  if (findNamespace(world, region, name)) {
    throw new AwsError('NamespaceAlreadyExists', `A namespace with the name ${name} exists already.`)
  }
  const id = `ns-${world.random.suffix(16)}`
  const namespace = { id, name, arn: arn(world, 'servicediscovery', region, `namespace/${id}`) }
  namespaces(world, region)[id] = namespace
  return namespace
}

export function deleteNamespace(world: World, region: string, id: string): void {
  const namespace = namespaces(world, region)[id]
  if (!namespace) return
  const used = Object.values(ecsOf(world, region).services).some(
    (service) => service.status !== 'INACTIVE' && namespaceOf(world, region, service)?.id === id,
  )
  if (used) throw new AwsError('ResourceInUse', `Namespace ${id} has services associated with it.`)
  delete namespaces(world, region)[id]
  world.background(() => world.runtime.removeNetworks(labelsOf(world, namespace)))
}

/** A cluster's default namespace by its ARN; ECS makes one for a name that is new. */
export function defaultNamespace(world: World, region: string, wanted = ''): string {
  if (wanted === '') return ''
  const found = findNamespace(world, region, wanted)
  if (!found && wanted.startsWith('arn:')) refuseService(`The namespace ${wanted} was not found.`)
  return (found ?? createNamespace(world, region, wanted)).arn
}

type Service = Pick<ServiceState, 'clusterArn' | 'input'>

function namespaceOf(world: World, region: string, { clusterArn, input }: Service): NamespaceState | undefined {
  const { enabled, namespace } = input.serviceConnectConfiguration ?? {}
  const wanted = namespace ?? ecsOf(world, region).clusters[clusterArn]?.defaultNamespace
  return enabled && wanted ? findNamespace(world, region, wanted) : undefined
}

/** What ECS refuses of a service's Service Connect configuration. */
export function checkServiceConnect(
  world: World,
  call: Call,
  cluster: ClusterState,
  input: CreateServiceCommandInput,
  definition: TaskDefinitionState,
): void {
  const { enabled, services = [] } = input.serviceConnectConfiguration ?? {}
  if (!enabled) return
  const service = { clusterArn: cluster.arn, input }
  const namespace = namespaceOf(world, call.region, service)
  if (!namespace) {
    throw new AwsError('InvalidParameterException', 'Service Connect is enabled but no namespace was found for it.')
  }
  const mode = definition.input.networkMode ?? 'bridge'
  if (mode !== 'awsvpc' && mode !== 'bridge')
    refuseService(`Service Connect is not supported with the ${mode} network mode.`)
  const ports = (definition.input.containerDefinitions ?? []).flatMap(({ portMappings = [] }) => portMappings)
  for (const { portName = '', clientAliases = [] } of services) {
    if (!ports.some(({ name }) => name === portName)) {
      refuseService(
        `The portName ${portName} of the Service Connect configuration is no port mapping of the task definition.`,
      )
    }
    if (clientAliases.length > 1) refuseService('A Service Connect service can have at most one client alias.')
  }
  const taken = Object.values(ecsOf(world, call.region).services).filter(
    (other) =>
      other.status !== 'INACTIVE' &&
      (other.clusterArn !== cluster.arn || other.name !== input.serviceName) &&
      namespaceOf(world, call.region, other)?.id === namespace.id,
  )
  const names = taken.flatMap((other) => discoveryNames(other.input))
  const twice = discoveryNames(input).find((name) => names.includes(name))
  if (twice !== undefined)
    refuseService(`The discoveryName ${twice} is in use in the namespace ${namespace.name} already.`)
}

const discoveryNames = ({ serviceConnectConfiguration }: CreateServiceCommandInput): string[] =>
  (serviceConnectConfiguration?.services ?? []).map(({ portName = '', discoveryName = portName }) => discoveryName)

export function serviceConnectResources(
  world: World,
  region: string,
  service: ServiceState,
): ServiceConnectServiceResource[] {
  const namespace = namespaceOf(world, region, service)
  if (!namespace) return []
  return discoveryNames(service.input).map((discoveryName) => ({
    discoveryName,
    discoveryArn: arn(world, 'servicediscovery', region, `service/${namespace.id}-${discoveryName}`),
  }))
}

/** In the namespace's network the containers of a service have its aliases; a proxy for other ports there is none. */
export function joinsOf(world: World, region: string, { serviceArn }: TaskState): ContainerSpec['joins'] {
  const service = ecsOf(world, region).services[serviceArn ?? '']
  const namespace = service && namespaceOf(world, region, service)
  if (!namespace) return []
  const aliases = (service.input.serviceConnectConfiguration?.services ?? []).flatMap(
    ({ portName = '', discoveryName = portName, clientAliases = [] }) =>
      clientAliases.map(({ dnsName = `${discoveryName}.${namespace.name}` }) => dnsName),
  )
  return [{ network: `ecs-${namespace.name}-${namespace.id}`, labels: labelsOf(world, namespace), aliases }]
}

const labelsOf = (world: World, { id }: NamespaceState) => ({ [OWNER_LABEL]: world.id, 'cloud-map-namespace': id })
