import type { Service } from '../manifest/model.ts'
import { withContainer } from '../stacks/container.ts'
import { importValue, type Json, renamed, type Template, withProperties } from '../template.ts'
import type { Feature } from './feature.ts'

/**
 * Tasks on GPU instances: their GPUs, the environment's capacity provider, and bridge networking, for which no network
 * interface has to be attached and the instance's own address serves.
 */
function withGpu(template: Template, { compute, port, settings }: Service): Template {
  if (compute.kind !== 'gpu') return template
  const contained = withContainer(template, ({ Environment = [] }) => ({
    // A soft limit: what the model needs above it, it may take from the instance.
    MemoryReservation: { Ref: 'Memory' },
    ResourceRequirements: [{ Type: 'GPU', Value: String(compute.gpus) }],
    Environment: [...driverCapabilities(settings.variables), ...(Environment as Json[])],
  }))
  const tasks = withProperties(contained, 'TaskDefinition', ({ Memory: _fargate, ...properties }) => ({
    ...properties,
    RequiresCompatibilities: ['EC2'],
    NetworkMode: 'bridge',
  }))
  const service = withProperties(tasks, 'TaskService', ({ NetworkConfiguration: _awsvpc, ...properties }) => ({
    ...properties,
    CapacityProviderStrategy: [
      { CapacityProvider: importValue(`\${EnvironmentStack}-\${Service}-CapacityProvider`), Weight: 1 },
    ],
    // It needs room for one task more, which a GPU has not.
    AvailabilityZoneRebalancing: 'DISABLED',
  }))
  const targeted = port === undefined ? service : withInstanceTargets(service)
  // ECS changes no service's network mode: with another name CloudFormation puts a new one in the place of the old.
  return renamed(withoutCpu(withoutTaskNetwork(targeted), compute.cpu), { TaskService: 'InstanceService' })
}

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

export const gpu: Feature = { service: (template, { service }) => withGpu(template, service) }
