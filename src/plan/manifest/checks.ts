import { fargateSizeProblem } from '../fargate.ts'
import { gpuInstance, gpuInstances, isInstanceType } from '../instances.ts'
import type { Network, Service } from './model.ts'
import { type Finding, meant, type Path } from './problems.ts'
import type { Manifest, ManifestService } from './schema.ts'

export interface Checked {
  readonly environment: string
  readonly manifest: Manifest
  readonly merged: Readonly<Record<string, ManifestService>>
  readonly services: readonly Omit<Service, 'rollout'>[]
  readonly network: Network
}

type Check = (service: ManifestService, resolved: Omit<Service, 'rollout'>) => ServiceFinding[]

/** A finding below a service; the environment's own value is pointed at where it has one. */
interface ServiceFinding {
  readonly at: Path
  readonly message: string
}

/** What no schema can say: combinations that AWS would refuse, or that cannot work. */
export function checkEnvironment(checked: Checked): Finding[] {
  const { merged, services } = checked
  const perService = services.flatMap((resolved) => {
    const service = merged[resolved.name] ?? {}
    return serviceChecks.flatMap((check) =>
      check(service, resolved).map(({ at, message }) => ({ path: placeOf(checked, resolved.name, at), message })),
    )
  })
  return [...perService, ...samePaths(checked), ...checkNetwork(checked)]
}

/** The environment's override when it says something there, else the service's own place. */
function placeOf({ manifest, environment }: Checked, service: string, at: Path): Path {
  const override = at.reduce<unknown>(
    (value, step) =>
      typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[step] : undefined,
    manifest.environments?.[environment]?.services?.[service],
  )
  return override === undefined
    ? ['services', service, ...at]
    : ['environments', environment, 'services', service, ...at]
}

const imageSource: Check = ({ image = {} }) => {
  if (image.build !== undefined && image.location !== undefined) {
    return [{ at: ['image', 'location'], message: 'either build or location, not both' }]
  }
  if (image.location !== undefined && /\s/.test(image.location)) {
    return [{ at: ['image', 'location'], message: 'an image has no spaces in its name' }]
  }
  return []
}

const httpNeedsPort: Check = ({ image, http }) =>
  http !== undefined && http !== false && image?.port === undefined
    ? [{ at: ['http'], message: 'needs image.port: the port that the container listens on' }]
    : []

const healthCheckTimes: Check = (_service, { http }) => {
  if (!http) return []
  const { interval, timeout } = http.healthCheck
  if (interval < 5 || interval > 300)
    return [{ at: ['http', 'healthcheck', 'interval'], message: 'must be 5s to 300s' }]
  if (timeout < 2 || timeout >= interval) {
    return [
      {
        at: ['http', 'healthcheck', 'timeout'],
        message: `must be 2s at least and less than the interval, ${interval}s`,
      },
    ]
  }
  return []
}

const fargateFits: Check = ({ cpu, memory, gpus, instances, platform }, { compute }) => {
  if (compute.kind !== 'fargate') {
    return platform === 'linux/arm64'
      ? [{ at: ['platform'], message: 'there is no GPU machine image for Arm; leave it linux/amd64' }]
      : []
  }
  const size = fargateSizeProblem(cpu, memory)
  return [
    ...(size ? [{ at: [size.key], message: size.message }] : []),
    ...(gpus === undefined ? [] : [{ at: ['gpus'], message: 'Fargate has no GPUs; set compute: gpu' }]),
    ...(instances === undefined
      ? []
      : [{ at: ['instances'], message: 'Fargate has no instances to choose; set compute: gpu' }]),
  ]
}

const gpuFits: Check = (service, { compute, count }) => {
  if (compute.kind !== 'gpu') return []
  const known = gpuInstances.map(({ type }) => type)
  const findings = compute.instances.flatMap((type, index): ServiceFinding[] => {
    const instance = gpuInstance(type)
    const at = ['instances', index]
    if (!instance) {
      const words = isInstanceType(type) ? 'has no NVIDIA GPU that img2vid knows' : 'is no instance type'
      return service.memory !== undefined && isInstanceType(type) && /^(g|p)\d/.test(type)
        ? []
        : [{ at, message: `${type} ${words}${meant(type, known)}` }]
    }
    if (instance.gpus < compute.gpus)
      return [
        {
          at,
          message: `${type} has ${instance.gpus} GPU${instance.gpus > 1 ? 's' : ''}, a task wants ${compute.gpus}`,
        },
      ]
    if (compute.memory > instance.memoryMiB)
      return [{ at, message: `${type} has ${instance.memoryMiB} MB, a task wants ${compute.memory}` }]
    if ((compute.cpu ?? 0) > instance.vcpus * 1024)
      return [{ at, message: `${type} has ${instance.vcpus * 1024} CPU units, a task wants ${compute.cpu}` }]
    return []
  })
  const counts = new Set(compute.instances.map((type) => gpuInstance(type)?.gpus).filter((gpus) => gpus !== undefined))
  if (findings.length === 0 && counts.size > 1 && count > 1) {
    findings.push({
      at: ['instances'],
      message: 'types with different numbers of GPUs cannot scale together; choose one number',
    })
  }
  return findings
}

const secretsAndVariables: Check = ({ secrets = {}, variables = {} }) =>
  Object.keys(secrets)
    .filter((name) => name in variables)
    .map((name) => ({ at: ['secrets', name], message: 'is a variable too; one of them has to go' }))

/** ECS.8 of the Foundational Security Best Practices: keys belong to the task role. */
const noCredentials: Check = ({ variables = {} }) =>
  ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']
    .filter((name) => name in variables)
    .map((name) => ({
      at: ['variables', name],
      message: 'keys do not belong here: the task’s role has its own; see permissions',
    }))

const RETENTION = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]
const retention: Check = (_service, { logRetentionDays: days }) =>
  RETENTION.includes(days)
    ? []
    : [
        {
          at: ['logging', 'retention'],
          message: `CloudWatch keeps logs for ${RETENTION.filter((one) => one <= 365).join(', ')} days and more`,
        },
      ]

const serviceChecks: readonly Check[] = [
  imageSource,
  httpNeedsPort,
  healthCheckTimes,
  fargateFits,
  gpuFits,
  secretsAndVariables,
  noCredentials,
  retention,
]

/** One load balancer serves all: each service needs a path of its own. */
function samePaths(checked: Checked): Finding[] {
  const seen = new Map<string, string>()
  return checked.services.flatMap(({ name, http }) => {
    if (!http) return []
    const other = seen.get(http.path)
    seen.set(http.path, name)
    if (other === undefined) return []
    const at = checked.merged[name]?.http ? ['http', 'path'] : ['image', 'port']
    return [
      {
        path: placeOf(checked, name, at),
        message: `${other} has the path ${http.path} already; give ${name} another under http.path, or http: false`,
      },
    ]
  })
}

function checkNetwork({ environment, manifest, network }: Checked): Finding[] {
  const base: Path = manifest.environments?.[environment]?.network
    ? ['environments', environment, 'network', 'vpc']
    : ['network', 'vpc']
  if (network.kind === 'existing') {
    return network.subnets.length < 2
      ? [{ path: [...base, 'subnets'], message: 'name two public subnets in different zones' }]
      : []
  }
  const vpc = (manifest.environments?.[environment]?.network ?? manifest.network)?.vpc
  const subnets = vpc?.subnets ? [{ path: [...base, 'subnets'], message: 'belong to a VPC: name it as id' }] : []
  return /^(\d{1,3}\.){3}\d{1,3}\/(1[6-9]|2[0-4])$/.test(network.cidr)
    ? subnets
    : [...subnets, { path: [...base, 'cidr'], message: 'must be a block such as 10.0.0.0/16, of size /16 to /24' }]
}
