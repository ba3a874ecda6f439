import type { Fields } from '../../src/emulator/cloudformation/template.ts'
import { isExported } from '../../src/plan/exported.ts'
import type { Environment, Service } from '../../src/plan/manifest/model.ts'
import { serviceStack } from '../../src/plan/names.ts'
import type { Stack } from '../../src/plan/stacks/stack.ts'
import { EXPORTED, type ProvenResource } from './proof.ts'

/** What no schema says and AWS would refuse all the same, or would never get to run. */
export const unworkable = (
  environment: Environment,
  stacks: readonly Stack[],
  resources: readonly ProvenResource[],
): string[] => [
  ...stacks.flatMap(stackFaults),
  ...resources.flatMap((resource) => reservedName(resource)),
  ...rules(resources),
  ...twice(resources, 'AWS::ECR::Repository', 'RepositoryName'),
  ...twice(resources, 'AWS::Logs::LogGroup', 'LogGroupName'),
  ...environment.services.flatMap((service) => {
    const name = serviceStack(environment.app, environment.name, service.name)
    const own = (type: string) =>
      resources.find((resource) => resource.stack === name && resource.type === type)?.properties
    return serviceFaults(environment, service, own).map((fault) => `${name}: ${fault}`)
  }),
]

const stackFaults = ({ name, tags }: Stack): string[] => [
  ...(/^[a-zA-Z][-a-zA-Z0-9]{0,127}$/.test(name) ? [] : [`${name} is no name of a stack`]),
  ...Object.entries(tags).flatMap(([key, value]) =>
    key.length <= 128 && value.length <= 256 && !key.startsWith('aws:') ? [] : [`${key} is no tag`],
  ),
]

/** CloudFormation names a capacity provider like its stack, and ECS keeps some beginnings for itself. */
const reservedName = ({ type, stack, properties }: ProvenResource): string[] =>
  type === 'AWS::ECS::CapacityProvider' && /^(aws|ecs|fargate)/.test(String(properties.Name ?? stack))
    ? [`${properties.Name ?? stack} is no name of a capacity provider`]
    : []

/** Names that we give ourselves are given once. */
function twice(resources: readonly ProvenResource[], wanted: string, name: string): string[] {
  const names = resources.filter(({ type }) => type === wanted).map(({ properties }) => String(properties[name]))
  return names.filter((one, index) => names.indexOf(one) < index).map((one) => `${wanted} ${one} is made twice`)
}

function rules(resources: readonly ProvenResource[]): string[] {
  const all = resources.filter(({ type }) => type === 'AWS::ElasticLoadBalancingV2::ListenerRule')
  const priorities = all.map(({ properties }) => Number(properties.Priority))
  const places = all.map(({ properties }) => `${properties.ListenerArn} ${properties.Priority}`)
  const ways = all.map(({ properties }) => `${properties.ListenerArn} ${JSON.stringify(properties.Conditions)}`)
  const paths = all.flatMap(({ properties }) => pathsOf(properties))
  const values = all.map(({ properties }) => valuesOf(properties).length)
  return [
    ...(new Set(places).size === all.length && priorities.every((one) => one >= 1 && one <= 50_000)
      ? []
      : [`rules have the priorities ${places}`]),
    ...(new Set(ways).size === ways.length ? [] : [`rules are for ${ways}`]),
    ...(values.every((one) => one >= 1 && one <= 5) ? [] : [`rules have ${values} values`]),
    ...paths
      .filter((path) => !/^[\w\-.$/~"'@:+&*?]{1,128}$/.test(path))
      .map((path) => `${path} is no pattern of a path`),
  ]
}

const pathsOf = ({ Conditions }: Fields) =>
  (Conditions as { PathPatternConfig?: { Values: string[] } }[]).flatMap(
    ({ PathPatternConfig }) => PathPatternConfig?.Values ?? [],
  )
const valuesOf = ({ Conditions }: Fields) =>
  (Conditions as Record<string, { Values?: string[] }>[]).flatMap((condition) =>
    Object.values(condition).flatMap(({ Values = [] }) => Values),
  )

type Own = (type: string) => Fields | undefined

function serviceFaults({ certificate }: Environment, service: Service, own: Own): string[] {
  const definition = own('AWS::ECS::TaskDefinition') ?? {}
  const { DeploymentConfiguration, ...ecsService } = own('AWS::ECS::Service') ?? {}
  const group = own('AWS::ElasticLoadBalancingV2::TargetGroup')
  const listener = String(own('AWS::ElasticLoadBalancingV2::ListenerRule')?.ListenerArn ?? '')
  const [container = {}] = definition.ContainerDefinitions as Fields[]
  const { kind } = service.compute
  const gpus = service.compute.kind === 'fargate' ? 0 : service.compute.gpus
  const gpu = kind === 'gpu'
  const fargate = kind === 'fargate'
  const daemon = service.settings.scheduling === 'daemon'
  const mode = fargate ? 'awsvpc' : (service.settings.network?.mode ?? (kind === 'managed' ? 'awsvpc' : 'bridge'))
  const launch = daemon && kind === 'ec2' ? 'EC2' : kind === 'external' ? 'EXTERNAL' : undefined
  const { MaximumPercent, MinimumHealthyPercent } = DeploymentConfiguration as Record<string, number>
  const values = Object.fromEntries(((container.Environment ?? []) as Fields[]).map(({ Name, Value }) => [Name, Value]))
  const expected: readonly (readonly [string, boolean])[] = [
    [
      'variables are as the manifest has them',
      Object.entries(service.settings.variables ?? {}).every(([key, value]) =>
        isExported(value) ? values[key] === EXPORTED[value.from_cfn] : values[key] === String(value),
      ),
    ],
    ['a Fargate task has its size', !fargate || isFargateSize(Number(definition.Cpu), Number(definition.Memory))],
    [
      'a GPU container has GPUs and memory',
      (container.ResourceRequirements !== undefined) === gpus > 0 && (!gpu || Number(container.MemoryReservation) > 0),
    ],
    ['the network goes with the compute', definition.NetworkMode === mode],
    [
      'only awsvpc tasks have a network of their own',
      (ecsService.NetworkConfiguration === undefined) === (mode !== 'awsvpc'),
    ],
    [
      'private tasks have no address of their own',
      fargate
        ? (networkOf(ecsService).AssignPublicIp === 'DISABLED') === (service.placement === 'private')
        : networkOf(ecsService).AssignPublicIp === undefined,
    ],
    [
      'capacity is asked for in one way',
      ecsService.LaunchType === launch &&
        (ecsService.CapacityProviderStrategy === undefined) === (launch !== undefined),
    ],
    [
      'a daemon has no number',
      daemon === (ecsService.SchedulingStrategy === 'DAEMON') && !(daemon && 'DesiredCount' in ecsService),
    ],
    [
      'a container without a network has no port',
      (definition.ContainerDefinitions as Fields[]).every((one) => mode !== 'none' || one.PortMappings === undefined),
    ],
    ['at most five security groups', groupsOf(ecsService).length <= 5],
    ['some task can be replaced', Number(MaximumPercent) > 100 || Number(MinimumHealthyPercent) < 100],
    [
      'zones are balanced only where there is room',
      Number(MaximumPercent) > 100 || ecsService.AvailabilityZoneRebalancing === 'DISABLED',
    ],
    ['logs go somewhere', container.LogConfiguration !== undefined],
    [
      'a target group for what is behind a load balancer',
      (group !== undefined) === (service.http !== undefined || service.settings.nlb !== undefined),
    ],
    [
      'targets are addresses or instances',
      group === undefined || group.TargetType === (mode === 'awsvpc' ? 'ip' : 'instance'),
    ],
    [
      'a check is over before the next',
      group === undefined || Number(group.HealthCheckTimeoutSeconds) < Number(group.HealthCheckIntervalSeconds),
    ],
    [
      'HTTPS where there is a certificate',
      service.http === undefined ||
        service.http.internal ||
        listener.endsWith(certificate === undefined ? '/HttpListener' : '/HttpsListener'),
    ],
    [
      'internal services are behind the internal load balancer',
      service.http?.internal !== true || listener.endsWith('/PrivateHttpListener'),
    ],
  ]
  return expected.filter(([, holds]) => !holds).map(([rule]) => `not so: ${rule}`)
}

interface TaskNetwork {
  readonly SecurityGroups?: readonly unknown[]
  readonly AssignPublicIp?: string
}
const networkOf = ({ NetworkConfiguration }: Fields): TaskNetwork =>
  (NetworkConfiguration as { AwsvpcConfiguration: TaskNetwork } | undefined)?.AwsvpcConfiguration ?? {}
const groupsOf = (service: Fields): readonly unknown[] => networkOf(service).SecurityGroups ?? []

/** Least, greatest and step of the memory for each number of CPU units, of the ECS developer guide. */
const FARGATE: Readonly<Record<number, readonly [number, number, number]>> = {
  512: [1024, 4096, 1024],
  1024: [2048, 8192, 1024],
  2048: [4096, 16384, 1024],
  4096: [8192, 30720, 1024],
  8192: [16384, 61440, 4096],
  16384: [32768, 122880, 8192],
}

function isFargateSize(cpu: number, memory: number): boolean {
  if (cpu === 256) return [512, 1024, 2048].includes(memory)
  const [least, most, step] = FARGATE[cpu] ?? [0, -1, 1]
  return memory >= least && memory <= most && (memory - least) % step === 0
}
