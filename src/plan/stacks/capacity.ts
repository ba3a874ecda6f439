import { imported } from '../exported.ts'
import { connectGroups } from '../features/connect.ts'
import { hostOf, userData, withKeyPair, withWarmPool } from '../features/host.ts'
import { visitorsOf } from '../features/ingress.ts'
import { sourceGroupOf } from '../features/load-balancer.ts'
import { securityGroupsOf } from '../features/network.ts'
import { networkModeOf, takesPorts } from '../features/network-mode.ts'
import { isDistinct } from '../features/placement.ts'
import { onDemandShare, resolveSpot } from '../features/spot.ts'
import { instanceOf, memoryForTasks } from '../instances.ts'
import type { Environment, Service } from '../manifest/model.ts'
import { logicalName } from '../names.ts'
import { tasksOf } from '../scaling/tasks.ts'
import {
  bind,
  type Json,
  merge,
  prefixed,
  readTemplate,
  ref,
  subText,
  type Template,
  type TemplateTexts,
  withProperties,
} from '../template.ts'
import { withLaunchTemplateData } from './launch-template.ts'
import { routesFor, subnetsIn } from './vpc.ts'

/** A service that has instances of its own, in a scaling group with a capacity provider. */
export type InstanceService = Service & { readonly compute: Extract<Service['compute'], { kind: 'gpu' | 'ec2' }> }

export const hasInstances = <Some extends Pick<Service, 'compute'>>(
  service: Some,
): service is Some & Pick<InstanceService, 'compute'> =>
  (service.compute.kind === 'gpu' || service.compute.kind === 'ec2') && service.compute.instances.length > 0

const SHARED = ['Cluster', 'Vpc', 'Subnets', 'LoadBalancerSecurityGroup', 'PrivateLoadBalancerSecurityGroup']

export function withCapacity(
  base: Template,
  service: InstanceService,
  environment: Environment,
  texts: TemplateTexts,
): Template {
  const { network } = environment
  const prefix = logicalName(service.name)
  const LoadBalancerSecurityGroup = sourceGroupOf(environment, service.http?.internal ?? false)
  const bound = bind(readTemplate(texts.capacity), { Service: service.name, LoadBalancerSecurityGroup })
  const part = prefixed(bound, prefix, SHARED)
  const typed = withProperties(part, `${prefix}Instances`, (properties) => withTypes(properties, service))
  const plain = service.compute.kind === 'ec2' ? asPlain(typed, prefix, service) : typed
  const told = withUserData(plain, prefix, service)
  const reached = hostPortsOf(service, told, prefix)
  const named = namedProvider(reached, environment, `${prefix}CapacityProvider`, service.name)
  const groups = [...securityGroupsOf(environment, service).map(imported), ...connectGroups(service)]
  const grouped = groups.length === 0 ? named : withGroups(named, prefix, groups)
  const hosted = withWarmPool(withKeyPair(grouped, prefix, service.settings), prefix, service.settings)
  const placed = service.placement === 'private' ? withoutPublicAddress(hosted, prefix) : hosted
  const merged = merge(base, bind(placed, { Subnets: subnetsIn(network, service.placement) }))
  const provider = ref(`${prefix}CapacityProvider`)
  const routes = routesFor(network, service.placement)
  const withRoute = routes.length > 0 ? dependingOn(merged, `${prefix}Instances`, routes) : merged
  return withProperties(withRoute, 'ClusterCapacity', (properties) => ({
    ...properties,
    CapacityProviders: [...(properties.CapacityProviders as unknown[]), provider],
  }))
}

/** CloudFormation names a capacity provider like its stack, and ECS takes no name that begins like its own. */
const RESERVED = /^(aws|ecs|fargate)/
export const namedProvider = (template: Template, { app }: Environment, provider: string, name: string): Template =>
  RESERVED.test(app)
    ? withProperties(template, provider, (properties) => ({
        Name: subText(`img2vid-\${AWS::StackName}-${name}`),
        ...properties,
      }))
    : template

function withTypes(properties: Json, { compute, settings }: InstanceService): Json {
  const policy = properties.MixedInstancesPolicy as { LaunchTemplate: Json; InstancesDistribution: Json }
  const Overrides = compute.instances.map((InstanceType) => ({ InstanceType }))
  const spot = resolveSpot(settings)
  const MixedInstancesPolicy = { ...policy, LaunchTemplate: { ...policy.LaunchTemplate, Overrides } }
  if (!spot) return { ...properties, MixedInstancesPolicy }
  const InstancesDistribution = {
    ...policy.InstancesDistribution,
    OnDemandBaseCapacity: spot.base,
    OnDemandPercentageAboveBaseCapacity: onDemandShare(spot),
    // The order of the types counts for Spot too, where there is enough of them.
    SpotAllocationStrategy: 'capacity-optimized-prioritized',
  }
  return {
    ...properties,
    // A new instance comes before one that is likely to be taken away goes.
    CapacityRebalance: true,
    MixedInstancesPolicy: { ...MixedInstancesPolicy, InstancesDistribution },
  }
}

const PLAIN_IMAGE = '/aws/service/ecs/optimized-ami/amazon-linux-2023'
const PLAIN_DISK_GIB = 30

/** The same group with the machine image and the disk of instances without GPUs. */
function asPlain(template: Template, prefix: string, { platform }: InstanceService): Template {
  const image = platform === 'linux/arm64' ? `${PLAIN_IMAGE}/arm64` : PLAIN_IMAGE
  const { [`${prefix}MachineImage`]: machine, [`${prefix}VolumeSize`]: volume, ...others } = template.Parameters
  const Parameters = {
    ...others,
    [`${prefix}VolumeSize`]: { ...volume, Default: PLAIN_DISK_GIB },
    [`${prefix}MachineImage`]: {
      ...machine,
      Default: `${image}/recommended/image_id`,
      Description: 'Machine image, with ECS agent',
    },
  }
  return withLaunchTemplateData({ ...template, Parameters }, prefix, ({ BlockDeviceMappings }) => ({
    BlockDeviceMappings: BlockDeviceMappings.map(({ Ebs: { Throughput: _fast, ...Ebs }, ...one }) => ({ ...one, Ebs })),
  }))
}

const withUserData = (template: Template, prefix: string, { compute, settings }: InstanceService): Template =>
  withLaunchTemplateData(template, prefix, ({ UserData }) => {
    const script = UserData['Fn::Base64']['Fn::Sub']
    return { UserData: { 'Fn::Base64': { 'Fn::Sub': userData(script, settings, compute.kind === 'gpu') } } }
  })

/** The load balancer or visitors reach the ports that Docker chooses, or the one that is named; nobody else comes in. */
function hostPortsOf(service: InstanceService, template: Template, prefix: string): Template {
  const { http, port, settings, compute } = service
  const mode = networkModeOf(settings, compute)
  const isMapped = mode !== 'awsvpc' && mode !== 'none'
  const fixed = mode === 'host' ? port : settings.network?.host_port
  const group = `${prefix}InstanceSecurityGroup`
  const ports = fixed === undefined ? {} : { FromPort: fixed, ToPort: fixed }
  const which = fixed === undefined ? 'the host ports that Docker chooses' : 'the port of the tasks'
  if (isMapped && http)
    return withRules(template, group, (rule) => [{ ...rule, Description: `The load balancer to ${which}`, ...ports }])
  const visitors = isMapped ? visitorsOf(service) : []
  const { LoadBalancerSecurityGroup: _unused, ...Parameters } = template.Parameters
  return withRules({ ...template, Parameters }, group, ({ SourceSecurityGroupId: _balancer, ...rule }) =>
    visitors.map((range) => ({
      ...rule,
      Description: `Visitors to ${which}`,
      ...ports,
      [range.includes(':') ? 'CidrIpv6' : 'CidrIp']: range,
    })),
  )
}

/** Without rules the list is left out, as an empty one says nothing. */
const withRules = (template: Template, group: string, rulesFor: (rule: Json) => Json[]): Template =>
  withProperties(template, group, ({ SecurityGroupIngress, ...properties }) => {
    const rules = (SecurityGroupIngress as Json[]).flatMap(rulesFor)
    return { ...properties, ...(rules.length > 0 && { SecurityGroupIngress: rules }) }
  })

const withGroups = (template: Template, prefix: string, groups: readonly unknown[]): Template =>
  withLaunchTemplateData(template, prefix, ({ NetworkInterfaces }) => ({
    NetworkInterfaces: NetworkInterfaces.map((one) => ({ ...one, Groups: [...one.Groups, ...groups] })),
  }))

const withoutPublicAddress = (template: Template, prefix: string): Template =>
  withLaunchTemplateData(template, prefix, ({ NetworkInterfaces }) => ({
    NetworkInterfaces: NetworkInterfaces.map((one) => ({ ...one, AssociatePublicIpAddress: false })),
  }))

/** An instance without a way out could not find its cluster. */
function dependingOn(template: Template, resource: string, others: readonly string[]): Template {
  const found = template.Resources[resource]
  if (!found) throw new Error(`the template has no resource ${resource}`)
  return { ...template, Resources: { ...template.Resources, [resource]: { ...found, DependsOn: [...others] } } }
}

/** How many tasks of a service each of its types holds. */
export const tasksOnEach = ({ compute, settings }: Pick<InstanceService, 'compute' | 'settings'>): number[] => {
  const { gpus, memory, cpu = 0 } = compute
  const alone = isDistinct(settings) || takesPorts(settings, compute)
  return compute.instances.map((type) => {
    const instance = instanceOf(type)
    if (!instance || alone) return 1
    const rooms = [
      ...(gpus > 0 ? [instance.gpus / gpus] : []),
      memoryForTasks(instance) / memory,
      (instance.vcpus * 1024) / cpu,
    ]
    return Math.floor(Math.min(...rooms))
  })
}

/** Instances that hold so many tasks of a service, or all of them, by the one of its types that holds the fewest. */
export const instancesFor = (service: InstanceService, tasks = tasksOf(service).most): number =>
  Math.ceil(tasks / Math.max(1, Math.min(...tasksOnEach(service))))

/** The least and the most instances. */
export function groupSize(service: InstanceService): { readonly least: number; readonly most: number } {
  const { min_instances, max_instances } = hostOf(service.settings)
  const { least, most } = tasksOf(service)
  // All tasks, and those that run beside them while they are replaced.
  const needed = instancesFor(service, Math.ceil((most * Math.max(100, service.rollout.maximum)) / 100))
  const wanted = max_instances ?? Math.max(needed, min_instances ?? 0)
  return { least: Math.min(min_instances ?? instancesFor(service, least), wanted), most: wanted }
}

export function capacityParameters(service: InstanceService): Record<string, number> {
  const prefix = logicalName(service.name)
  const { disk } = hostOf(service.settings)
  const { least, most } = groupSize(service)
  return {
    [`${prefix}MinInstances`]: least,
    [`${prefix}MaxInstances`]: most,
    ...(disk !== undefined && { [`${prefix}VolumeSize`]: disk }),
  }
}
