import { connectGroups } from '../features/connect.ts'
import { sourceGroupOf } from '../features/load-balancer.ts'
import { securityGroupsOf } from '../features/network.ts'
import { features } from '../features.ts'
import { gpuInstance, memoryForTasks } from '../instances.ts'
import type { Environment, Service } from '../manifest/model.ts'
import { environmentStack, logicalName, stackTags } from '../names.ts'
import { tasksOf } from '../scaling/tasks.ts'
import {
  bind,
  merge,
  prefixed,
  readTemplate,
  ref,
  subText,
  type Template,
  type TemplateTexts,
  withProperties,
} from '../template.ts'
import { counted } from '../text.ts'
import { withOverrides } from './overrides.ts'
import { finishStack, type Stack } from './stack.ts'
import { routesFor, subnetsIn } from './vpc.ts'

/** What all features make of an environment. */
export function environmentTemplate(environment: Environment, texts: TemplateTexts): Template {
  const inputs = { environment, texts }
  const base = features.reduce(
    (before, feature) => feature.environment?.(before, inputs) ?? before,
    readTemplate(texts.environment),
  )
  return environment.services
    .filter(isGpu)
    .reduce((merged, service) => withGpuCapacity(merged, service, environment, texts), base)
}

/** Network, load balancer, cluster, and the GPU instances of the services that want some. */
export function environmentStackOf(environment: Environment, texts: TemplateTexts): Stack {
  const { app, name, network, services } = environment
  const gpuServices = services.filter(isGpu)
  const inputs = { environment, texts }
  const template = withOverrides(environmentTemplate(environment, texts), environment.settings.overrides)
  const where = network.kind === 'new' ? `network in ${network.zones} zones` : `in ${network.vpc}`
  const instances = gpuServices.reduce((sum, service) => sum + instancesFor(service), 0)
  return finishStack(
    { ...template, Description: `img2vid - environment ${name} of ${app}` },
    {
      name: environmentStack(app, name),
      parameters: {
        ...Object.assign({}, ...features.map((feature) => feature.environmentParameters?.(inputs))),
        ...Object.assign({}, ...gpuServices.map(capacityParameters)),
      },
      tags: stackTags(app, name),
      summary: [where, 'load balancer', 'cluster', ...(instances > 0 ? [counted(instances, 'GPU instance')] : [])].join(
        ', ',
      ),
    },
  )
}

export type GpuService = Service & { readonly compute: Extract<Service['compute'], { kind: 'gpu' }> }

export const isGpu = (service: Service): service is GpuService => service.compute.kind === 'gpu'

const SHARED = ['Cluster', 'Vpc', 'Subnets', 'LoadBalancerSecurityGroup', 'PrivateLoadBalancerSecurityGroup']

function withGpuCapacity(
  base: Template,
  service: GpuService,
  environment: Environment,
  texts: TemplateTexts,
): Template {
  const { app, network } = environment
  const prefix = logicalName(service.name)
  const LoadBalancerSecurityGroup = sourceGroupOf(environment, service.http?.internal ?? false)
  const bound = bind(readTemplate(texts.gpuCapacity), { Service: service.name, LoadBalancerSecurityGroup })
  const part = prefixed(bound, prefix, SHARED)
  const typed = withProperties(part, `${prefix}Instances`, (properties) => withTypes(properties, service))
  const reached = service.http ? typed : withoutIngress(typed, prefix)
  const named = RESERVED.test(app) ? withName(reached, `${prefix}CapacityProvider`, service.name) : reached
  const groups = [...securityGroupsOf(environment, service), ...connectGroups(service)]
  const grouped = groups.length === 0 ? named : withGroups(named, prefix, groups)
  const placed = service.placement === 'private' ? withoutPublicAddress(grouped, prefix) : grouped
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
const withName = (template: Template, provider: string, service: string): Template =>
  withProperties(template, provider, (properties) => ({
    Name: subText(`img2vid-\${AWS::StackName}-${service}`),
    ...properties,
  }))

function withTypes(properties: Record<string, unknown>, { compute }: GpuService): Record<string, unknown> {
  const policy = properties.MixedInstancesPolicy as { LaunchTemplate: Record<string, unknown> }
  const Overrides = compute.instances.map((InstanceType) => ({ InstanceType }))
  return { ...properties, MixedInstancesPolicy: { ...policy, LaunchTemplate: { ...policy.LaunchTemplate, Overrides } } }
}

/** Nobody comes in where no load balancer leads to. */
function withoutIngress(template: Template, prefix: string): Template {
  const { LoadBalancerSecurityGroup: _unused, ...Parameters } = template.Parameters
  return withProperties(
    { ...template, Parameters },
    `${prefix}InstanceSecurityGroup`,
    ({ SecurityGroupIngress: _ingress, ...properties }) => properties,
  )
}

function withGroups(template: Template, prefix: string, groups: readonly unknown[]): Template {
  return withProperties(template, `${prefix}LaunchTemplate`, (properties) => {
    const data = properties.LaunchTemplateData as { NetworkInterfaces: { Groups: unknown[] }[] }
    const NetworkInterfaces = data.NetworkInterfaces.map((one) => ({ ...one, Groups: [...one.Groups, ...groups] }))
    return { ...properties, LaunchTemplateData: { ...data, NetworkInterfaces } }
  })
}

function withoutPublicAddress(template: Template, prefix: string): Template {
  return withProperties(template, `${prefix}LaunchTemplate`, (properties) => {
    const data = properties.LaunchTemplateData as { NetworkInterfaces: object[] }
    const NetworkInterfaces = data.NetworkInterfaces.map((one) => ({ ...one, AssociatePublicIpAddress: false }))
    return { ...properties, LaunchTemplateData: { ...data, NetworkInterfaces } }
  })
}

/** An instance without a way out could not find its cluster. */
function dependingOn(template: Template, resource: string, others: readonly string[]): Template {
  const found = template.Resources[resource]
  if (!found) throw new Error(`the template has no resource ${resource}`)
  return { ...template, Resources: { ...template.Resources, [resource]: { ...found, DependsOn: [...others] } } }
}

/** Instances that hold so many tasks of a service, or all of them, by the one of its types that holds the fewest. */
export function instancesFor({ compute, ...service }: GpuService, tasks = tasksOf(service).most): number {
  const { gpus, memory, cpu = 0 } = compute
  const perInstance = compute.instances.map((type) => {
    const instance = gpuInstance(type)
    if (!instance) return 1
    const rooms = [instance.gpus / gpus, memoryForTasks(instance) / memory, (instance.vcpus * 1024) / cpu]
    return Math.floor(Math.min(...rooms))
  })
  return Math.ceil(tasks / Math.max(1, Math.min(...perInstance)))
}

/** All tasks, and those that run beside them while they are replaced. */
const withRoom = (service: GpuService): number =>
  Math.ceil((tasksOf(service).most * Math.max(100, service.rollout.maximum)) / 100)

function capacityParameters(service: GpuService): Record<string, number> {
  const prefix = logicalName(service.name)
  return {
    [`${prefix}MinInstances`]: instancesFor(service, tasksOf(service).least),
    [`${prefix}MaxInstances`]: instancesFor(service, withRoom(service)),
  }
}
