import { fargateSize } from '../fargate.ts'
import { defaultGpuInstances, gpuTaskMemory } from '../instances.ts'
import { repositoryName } from '../names.ts'
import { seconds } from './durations.ts'
import { buildOf, mergedServices } from './merge.ts'
import type { Compute, ContainerHealthCheck, Http, Image, Network, Secret, Service } from './model.ts'
import type { Manifest, ManifestNetwork, ManifestService } from './schema.ts'
import { splitWords } from './words.ts'

/** What a manifest says of one of its environments, with every default filled in. */
export function resolveParts(manifest: Manifest, name: string) {
  const environment = manifest.environments?.[name] ?? {}
  const merged = mergedServices(manifest, environment)
  const services = Object.entries(merged).map(([service, settings]) => resolveService(manifest.app, service, settings))
  return { merged, services, network: resolveNetwork(environment.network ?? manifest.network) }
}

function resolveService(app: string, name: string, service: ManifestService): Omit<Service, 'rollout'> {
  const compute = resolveCompute(service)
  const port = service.image?.port
  return {
    name,
    image: resolveImage(app, name, service.image ?? {}),
    port,
    http: port === undefined || service.http === false ? undefined : resolveHttp(service.http ?? {}, compute),
    compute,
    platform: service.platform ?? 'linux/amd64',
    count: service.count ?? 1,
    command: words(service.command),
    entryPoint: words(service.entrypoint),
    variables: texts(service.variables),
    secrets: Object.fromEntries(
      Object.entries(service.secrets ?? {}).map(([key, value]) => [key, resolveSecret(value)]),
    ),
    buckets: { read: service.permissions?.buckets?.read ?? [], write: service.permissions?.buckets?.write ?? [] },
    containerHealthCheck: resolveHealthCheck(service.image?.healthcheck),
    logRetentionDays: service.logging?.retention ?? 30,
  }
}

const texts = (values: Readonly<Record<string, string | number | boolean>> = {}): Record<string, string> =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, String(value)]))

/** Words as a shell would read them; a quotation mark that is not closed is a finding of its own. */
const words = (command: string | readonly string[] | undefined): readonly string[] | undefined =>
  typeof command === 'string' ? (splitWords(command) ?? [command]) : command

function resolveImage(
  app: string,
  name: string,
  { build, location, repository }: NonNullable<ManifestService['image']>,
): Image {
  if (location !== undefined) return { kind: 'existing', location }
  const details = typeof build === 'object' ? build : buildOf(build ?? '.')
  const dockerfile = details.dockerfile ?? join(details.context ?? '.', 'Dockerfile')
  return {
    kind: 'build',
    repository: repository ?? repositoryName(app, name),
    context: details.context ?? folderOf(dockerfile),
    dockerfile,
    target: details.target,
    args: texts(details.args),
  }
}

const join = (folder: string, file: string): string => (folder === '.' ? file : `${folder.replace(/\/$/, '')}/${file}`)
const folderOf = (file: string): string => (file.includes('/') ? file.slice(0, file.lastIndexOf('/')) || '/' : '.')

function resolveCompute(service: ManifestService): Compute {
  const { cpu, memory } = service
  if (service.compute !== 'gpu') return { kind: 'fargate', ...fargateSize(cpu, memory) }
  const gpus = service.gpus ?? 1
  const instances = service.instances ?? defaultGpuInstances
  return { kind: 'gpu', gpus, instances, cpu, memory: memory ?? gpuTaskMemory(instances, gpus) ?? 0 }
}

const given = (duration: string | number | undefined, otherwise: number): number =>
  duration === undefined ? otherwise : seconds(duration)

/** A model takes minutes to load, a web server seconds. */
const GRACE_SECONDS = { fargate: 60, gpu: 300 }

function resolveHttp(http: Exclude<NonNullable<ManifestService['http']>, false>, { kind }: Compute): Http {
  const check = typeof http.healthcheck === 'string' ? { path: http.healthcheck } : (http.healthcheck ?? {})
  const interval = given(check.interval, 5)
  return {
    path: http.path ?? '/',
    healthCheck: {
      path: check.path ?? '/',
      successCodes: String(check.success_codes ?? 200),
      healthyThreshold: check.healthy_threshold ?? 2,
      unhealthyThreshold: check.unhealthy_threshold ?? 2,
      interval,
      // A check has to be over before the next begins.
      timeout: given(check.timeout, Math.max(2, Math.min(interval - 1, 10))),
      gracePeriod: given(check.grace_period, GRACE_SECONDS[kind]),
    },
    stickiness: http.stickiness ?? false,
    deregistrationDelay: given(http.deregistration_delay, 15),
  }
}

function resolveHealthCheck(
  check: NonNullable<ManifestService['image']>['healthcheck'],
): ContainerHealthCheck | undefined {
  if (!check) return undefined
  const { command } = check
  return {
    command:
      typeof command === 'string'
        ? ['CMD-SHELL', command]
        : ['CMD', 'CMD-SHELL'].includes(command[0] ?? '')
          ? command
          : ['CMD', ...command],
    interval: given(check.interval, 10),
    timeout: given(check.timeout, 5),
    retries: check.retries ?? 2,
    startPeriod: given(check.start_period, 0),
  }
}

function resolveSecret(secret: string | { secretsmanager: string }): Secret {
  if (typeof secret === 'object') return { from: 'secretsmanager', reference: secret.secretsmanager }
  return { from: /^arn:[^:]+:secretsmanager:/.test(secret) ? 'secretsmanager' : 'ssm', reference: secret }
}

function resolveNetwork(network: ManifestNetwork | undefined): Network {
  const vpc = network?.vpc ?? {}
  const securityGroups = vpc.security_groups ?? []
  if (vpc.id === undefined) return { kind: 'new', cidr: vpc.cidr ?? '10.0.0.0/16', securityGroups }
  const subnets = (vpc.subnets?.public ?? []).map((subnet) => (typeof subnet === 'string' ? subnet : subnet.id))
  return { kind: 'existing', vpc: vpc.id, subnets, securityGroups }
}
