import { memoryForTasks } from '../instances.ts'
import type { Check, ContainerCheck } from '../manifest/checks/places.ts'
import type { Environment, Service } from '../manifest/model.ts'
import { logicalName } from '../names.ts'
import { namedProvider } from '../stacks/capacity.ts'
import { subnetsIn } from '../stacks/vpc.ts'
import {
  bind,
  type Json,
  merge,
  prefixed,
  readTemplate,
  type Template,
  type TemplateTexts,
  withProperties,
} from '../template.ts'
import type { Feature } from './feature.ts'
import { onDemandShare, purchaseOf, resolveSpot } from './spot.ts'

type ManagedService = Service & { readonly compute: Extract<Service['compute'], { kind: 'managed' }> }

const isManaged = (service: Service): service is ManagedService => service.compute.kind === 'managed'

/** One provider buys either way: it has no share for each. */
const onePurchase: Check = ({ spot }, { compute }) => {
  const wanted = resolveSpot({ spot })
  return compute.kind === 'managed' && wanted && (wanted.base > 0 || onDemandShare(wanted) > 0)
    ? [{ at: ['spot'], because: ['compute'], message: 'Managed Instances are either all Spot or none; set spot: true' }]
    : []
}

/** ECS looks after these instances without Docker. */
const noLabels: ContainerCheck = ({ labels }, { compute }) =>
  compute.kind === 'managed' && labels
    ? [{ at: ['labels'], because: ['compute'], message: 'Managed Instances have no labels of containers' }]
    : []

const GIB = 1024

/** So much that a task fits, whichever type ECS takes. */
function requirements({ compute, settings }: ManagedService): Json {
  const { cpu, memory, gpus, instances } = compute
  const least = Math.ceil(memory / (memoryForTasks({ memoryMiB: 1000 * GIB }) / (1000 * GIB)))
  return {
    VCpuCount: { Min: Math.max(1, Math.ceil(cpu / 1024)) },
    MemoryMiB: { Min: least },
    ...(instances.length > 0 && { AllowedInstanceTypes: instances }),
    ...(gpus > 0 && {
      AcceleratorCount: { Min: gpus },
      AcceleratorManufacturers: ['nvidia'],
      AcceleratorTypes: ['gpu'],
    }),
    ...(settings.platform !== undefined &&
      instances.length === 0 &&
      compute.gpus === 0 &&
      manufacturers(settings.platform)),
  }
}

/** Which processors there are decides whether they are Arm. */
const manufacturers = (platform: NonNullable<Service['settings']['platform']>): Json => {
  const arm = typeof platform === 'string' ? platform.endsWith('arm64') : platform.architecture === 'arm64'
  return { CpuManufacturers: arm ? ['amazon-web-services'] : ['amd', 'intel'] }
}

function withManaged(
  base: Template,
  service: ManagedService,
  environment: Environment,
  texts: TemplateTexts,
): Template {
  const prefix = logicalName(service.name)
  const Purchase = purchaseOf(service.settings)
  const text = bind(readTemplate(texts.managedCapacity), { Service: service.name, Purchase })
  const part = prefixed(text, prefix, ['Cluster', 'Vpc', 'Subnets'], Purchase)
  const provider = `${prefix}CapacityProvider${Purchase}`
  const sized = withProperties(part, provider, (properties) => {
    const managed = properties.ManagedInstancesProvider as Json & { InstanceLaunchTemplate: Json }
    const { disk } = service.settings.host ?? {}
    const InstanceLaunchTemplate = {
      ...managed.InstanceLaunchTemplate,
      ...(resolveSpot(service.settings) && { CapacityOptionType: 'SPOT' }),
      ...(disk !== undefined && { StorageConfiguration: { StorageSizeGiB: disk } }),
      InstanceRequirements: requirements(service),
    }
    return { ...properties, ManagedInstancesProvider: { ...managed, InstanceLaunchTemplate } }
  })
  const named = namedProvider(sized, environment, provider, `${service.name}-${Purchase}`)
  return merge(base, bind(named, { Subnets: subnetsIn(environment.network, service.placement) }))
}

export const managed: Feature = {
  checks: [onePurchase],
  containerChecks: [noLabels],
  environment: (template, { environment, texts }) =>
    environment.services
      .filter(isManaged)
      .reduce((before, service) => withManaged(before, service, environment, texts), template),
}
