import type { Service } from '../manifest/model.ts'
import { withContainer } from '../stacks/container.ts'
import { importValue, type Json, renamed, type Template, withProperties } from '../template.ts'
import type { Feature } from './feature.ts'
import { type NetworkMode, networkModeOf } from './network-mode.ts'
import { purchaseOf } from './spot.ts'
import { COLLECTOR } from './tracing.ts'

/** A container that says nothing of its memory, where the task says nothing either. */
const SMALL_MIB = 128

/**
 * Tasks on instances: their GPUs, the capacity provider of the environment, and bridge networking unless the manifest says
 * otherwise, for which no network interface has to be attached and the instance's own address serves.
 */
function withInstances(template: Template, service: Service): Template {
  const { compute, settings } = service
  if (compute.kind === 'fargate') return template
  const mode = networkModeOf(settings, compute)
  const sized = compute.kind === 'gpu' ? withoutTaskMemory(template) : template
  const contained = compute.gpus > 0 ? withGpus(sized, compute.gpus, settings.variables) : sized
  const tasks = withProperties(contained, 'TaskDefinition', (properties) => ({
    ...properties,
    RequiresCompatibilities: [COMPATIBILITY[compute.kind]],
    NetworkMode: mode,
  }))
  const connected = mode === 'bridge' ? onBridge(tasks, service) : tasks
  const placed = withProperties(connected, 'TaskService', (properties) => capacity(properties, service, mode))
  const targeted = mode === 'awsvpc' ? placed : withoutTaskNetwork(withInstanceTargets(placed))
  return renamed(withoutCpu(targeted, compute.cpu), { TaskService: resourceName(service, mode) })
}

const COMPATIBILITY = { gpu: 'EC2', ec2: 'EC2', managed: 'MANAGED_INSTANCES', external: 'EXTERNAL' } as const

/** ECS changes no service's network mode or kind of capacity: with another name a new one takes the place of the old. */
const resourceName = ({ compute: { kind } }: Service, mode: NetworkMode): string =>
  kind === 'managed' ? 'ManagedService' : mode === 'awsvpc' ? 'InterfaceService' : 'InstanceService'

function capacity(
  { NetworkConfiguration, ...properties }: Json,
  { compute, settings }: Service,
  mode: NetworkMode,
): Json {
  const { CapacityProviderStrategy: _fargate, ...plain } = properties
  const { AwsvpcConfiguration = {} } = (NetworkConfiguration ?? {}) as { AwsvpcConfiguration?: Json }
  const { AssignPublicIp: _none, ...privately } = AwsvpcConfiguration
  const exported = `CapacityProvider${compute.kind === 'managed' ? purchaseOf(settings) : ''}`
  const strategy = [{ CapacityProvider: importValue(`\${EnvironmentStack}-\${Service}-${exported}`), Weight: 1 }]
  return {
    ...(compute.kind === 'external' ? plain : { ...properties, CapacityProviderStrategy: strategy }),
    ...(compute.kind === 'external' && { LaunchType: 'EXTERNAL' }),
    // It needs room for one task more, which a GPU has not.
    ...(compute.kind !== 'managed' && { AvailabilityZoneRebalancing: 'DISABLED' }),
    ...(mode === 'awsvpc' && { NetworkConfiguration: { AwsvpcConfiguration: privately } }),
  }
}

const withGpus = (template: Template, gpus: number, variables: Service['settings']['variables']): Template =>
  withContainer(template, ({ Environment = [] }) => ({
    ResourceRequirements: [{ Type: 'GPU', Value: String(gpus) }],
    Environment: [...driverCapabilities(variables), ...(Environment as Json[])],
  }))

/** Soft limits: what a model needs above its own, it may take from the instance. */
function withoutTaskMemory(template: Template): Template {
  const contained = withContainer(template, ({ Memory, MemoryReservation = { Ref: 'Memory' } }) => ({
    ...(Memory !== undefined && { Memory }),
    MemoryReservation,
  }))
  return withProperties(contained, 'TaskDefinition', ({ Memory: _fargate, ...properties }) => ({
    ...properties,
    ContainerDefinitions: (properties.ContainerDefinitions as Json[]).map((container, index) =>
      index === 0 || 'Memory' in container || 'MemoryReservation' in container
        ? container
        : { ...container, MemoryReservation: SMALL_MIB },
    ),
  }))
}

/** On a bridge containers have addresses of their own: each knows those that it depends on by their names. */
const onBridge = (template: Template, { settings, port }: Service): Template =>
  withProperties(template, 'TaskDefinition', (properties) => ({
    ...properties,
    ContainerDefinitions: (properties.ContainerDefinitions as Json[]).map((container, index) => {
      const needed = (container.DependsOn as { ContainerName: string; Condition: string }[] | undefined) ?? []
      const Links = needed
        .filter(({ Condition }) => Condition === 'START' || Condition === 'HEALTHY')
        .map(({ ContainerName }) => ContainerName)
      const traced = index === 0 && settings.observability?.tracing === 'awsxray' ? [COLLECTOR] : []
      const host = index === 0 ? settings.network?.host_port : undefined
      const all = [...Links, ...traced]
      return {
        ...container,
        ...(all.length > 0 && { Links: all }),
        ...(traced.length > 0 && {
          Environment: [
            { Name: 'OTEL_EXPORTER_OTLP_ENDPOINT', Value: `http://${COLLECTOR}:4318` },
            { Name: 'AWS_XRAY_DAEMON_ADDRESS', Value: `${COLLECTOR}:2000` },
            ...((container.Environment as Json[] | undefined) ?? []),
          ],
        }),
        ...(host !== undefined && {
          PortMappings: (container.PortMappings as Json[]).map((mapping) =>
            mapping.ContainerPort === port ? { ...mapping, HostPort: host } : mapping,
          ),
        }),
      }
    }),
  }))

/** Video encoding is not among the capabilities that a container has by default. */
const driverCapabilities = (variables: Service['settings']['variables'] = {}): Json[] =>
  'NVIDIA_DRIVER_CAPABILITIES' in variables
    ? []
    : [{ Name: 'NVIDIA_DRIVER_CAPABILITIES', Value: 'compute,utility,video' }]

const withInstanceTargets = (template: Template): Template =>
  Object.entries(template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::ElasticLoadBalancingV2::TargetGroup')
    .reduce(
      (before, [name]) => withProperties(before, name, (properties) => ({ ...properties, TargetType: 'instance' })),
      template,
    )

/** The instances have the security group; tasks on them have none of their own. */
function withoutTaskNetwork(template: Template): Template {
  const { SecurityGroup: _group, ...others } = template.Resources
  const Resources = Object.fromEntries(
    Object.entries(others).filter(([, { Type }]) => Type !== 'AWS::EC2::SecurityGroupIngress'),
  )
  return { ...template, Resources }
}

/** A task without a size of its own may take what its instance has. */
function withoutCpu(template: Template, cpu: number | undefined): Template {
  if (cpu !== undefined) return template
  const { Cpu: _unused, ...Parameters } = template.Parameters
  return withProperties({ ...template, Parameters }, 'TaskDefinition', ({ Cpu: _size, ...properties }) => properties)
}

export const instances: Feature = { service: (template, { service }) => withInstances(template, service) }
