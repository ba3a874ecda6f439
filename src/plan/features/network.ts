import * as z from 'zod'
import { type Exported, imported } from '../exported.ts'
import type { Checked, Combination } from '../manifest/checks/places.ts'
import { exported, flag, pattern, text, wants } from '../manifest/fields.ts'
import { DEFAULT_VPC, type Environment, type Network, type Placement, type Service } from '../manifest/model.ts'
import type { Path } from '../manifest/problems.ts'
import type { EnvironmentSettings, ManifestService } from '../manifest/schema.ts'
import { subnetsOfService, vpcParameters, withVpc } from '../stacks/vpc.ts'
import { distinct, type Json, type Template, withProperties } from '../template.ts'
import { existingOf } from './existing-balancer.ts'
import type { Feature } from './feature.ts'
import { wrongRetention } from './logging.ts'

const subnetId = pattern('the id of a subnet: subnet-…', /^subnet-\w+$/)
const subnet = wants('the id of a subnet: subnet-…', z.union([subnetId, z.strictObject({ id: subnetId })]))
const subnets = z.array(subnet).min(2).max(16).optional()
const securityGroup = wants(
  'the id of a security group: sg-…, or from_cfn: with the name of an export',
  z.union([z.string().regex(/^sg-\w+$/), exported]),
)
const placement = z.enum(['public', 'private'])

const ENDPOINTS = ['ecr.api', 'ecr.dkr', 'logs', 'secretsmanager', 'ssm', 'ssmmessages'] as const
/** What the agent on an instance speaks to. */
const AGENT_ENDPOINTS = ['ecs', 'ecs-agent', 'ecs-telemetry'] as const

export const networkFields = {
  network: z
    .strictObject({
      vpc: z.strictObject({
        id: pattern('the id of a VPC: vpc-…, or default', /^(vpc-\w+|default)$/)
          .optional()
          .describe('a VPC that exists, or default for the one of the region; left out, img2vid makes one'),
        cidr: text.optional().describe('addresses of the VPC that img2vid makes, 10.0.0.0/16 if left out'),
        zones: z.int().min(2).max(3).optional().describe('availability zones of the new VPC, 2 if left out'),
        nat: z
          .enum(['none', 'single', 'zone', 'regional'])
          .optional()
          .describe('NAT gateways of the new VPC: none, a single one, one per zone, or a regional one'),
        endpoints: wants(
          'true, or a list of services such as ecr.api',
          z.union([flag, z.array(pattern('a service such as ecr.api', /^(?!(cn\.)?com\.)[a-z][a-z0-9.-]*$/)).min(1)]),
        )
          .optional()
          .describe('private ways to services of AWS; true for those that tasks need to start'),
        placement: placement.optional().describe('where tasks are unless their service says otherwise'),
        subnets: z
          .strictObject({ public: subnets, private: subnets })
          .optional()
          .describe('two or more subnets of that VPC, in different zones'),
        security_groups: z
          .array(securityGroup)
          .min(1)
          // A network interface has five at most, and one is ours.
          .max(4)
          .optional()
          .describe('further security groups for the tasks'),
        flow_logs: wants(
          'true, or a group of settings',
          z.union([flag, z.strictObject({ retention: z.int().positive().optional() })]),
        )
          .optional()
          .describe('a record of the traffic in the new VPC, in CloudWatch Logs'),
      }),
    })
    .optional()
    .describe('network of every environment that has none of its own'),
}

/** The part of a service's `network` that says where its tasks are. */
export const placementFields = {
  vpc: z
    .strictObject({
      placement: placement.optional().describe('public: an address of its own; private: out by NAT or endpoints'),
      security_groups: z
        .array(securityGroup)
        .min(1)
        .max(4)
        .optional()
        .describe('further security groups for these tasks'),
    })
    .optional()
    .describe('where the tasks are'),
}

type Wanted = NonNullable<EnvironmentSettings['network']>['vpc']

export function resolvePlacement(service: ManifestService, settings: EnvironmentSettings): Placement {
  return service.network?.vpc?.placement ?? settings.network?.vpc.placement ?? 'public'
}

export function resolveNetwork(
  settings: EnvironmentSettings['network'],
  services: readonly Pick<Service, 'placement' | 'compute'>[],
): Network {
  const wanted: Wanted = settings?.vpc ?? {}
  const securityGroups = wanted.security_groups ?? []
  if (wanted.id !== undefined) {
    const ids = (all: readonly (string | { id: string })[] = []) =>
      all.map((one) => (typeof one === 'string' ? one : one.id))
    return {
      kind: 'existing',
      vpc: wanted.id,
      subnets: ids(wanted.subnets?.public),
      privateSubnets: ids(wanted.subnets?.private),
      securityGroups,
    }
  }
  const isPrivate = [wanted.placement, ...services.map((one) => one.placement)].includes('private')
  const endpoints = endpointsOf(wanted, services)
  const nat = wanted.nat ?? (isPrivate && endpoints.length === 0 ? 'single' : 'none')
  return {
    kind: 'new',
    cidr: wanted.cidr ?? '10.0.0.0/16',
    zones: wanted.zones === 3 ? 3 : 2,
    nat,
    hasPrivateSubnets: isPrivate || nat !== 'none',
    endpoints,
    flowLogDays: wanted.flow_logs ? (wanted.flow_logs === true ? 30 : (wanted.flow_logs.retention ?? 30)) : undefined,
    securityGroups,
  }
}

function endpointsOf({ endpoints = false }: Wanted, services: readonly Pick<Service, 'compute'>[]): readonly string[] {
  if (Array.isArray(endpoints)) return [...new Set(endpoints)]
  if (!endpoints) return []
  const hasAgents = services.some(({ compute }) => compute.kind !== 'fargate')
  return hasAgents ? [...ENDPOINTS, ...AGENT_ENDPOINTS] : ENDPOINTS
}

/** What the user should know of the way out that was chosen for private tasks. */
export function networkNotes(settings: EnvironmentSettings['network'], network: Network): readonly string[] {
  if (network.kind === 'existing' || network.nat !== 'single' || settings?.vpc.nat !== undefined) return []
  return [
    'private tasks go out by a NAT gateway, about $33 a month and $0.045 per GB (network.vpc.nat: none, with network.vpc.endpoints, would do without)',
  ]
}

function vpc({ environment, manifest, network: resolved, services, settings }: Checked): Combination[] {
  const own = manifest.environments?.[environment]?.network
  const base: Path = own ? ['environments', environment, 'network', 'vpc'] : ['network', 'vpc']
  const wanted: Wanted = (own ?? manifest.network)?.vpc ?? {}
  return resolved.kind === 'existing'
    ? existing(wanted, resolved, base, needsPublic(services, settings))
    : made(wanted, resolved, base)
}

type Kind<K extends Network['kind']> = Extract<Network, { kind: K }>

/** Public tasks, and load balancers that visitors reach, are in public subnets. */
const needsPublic = (services: Checked['services'], settings: EnvironmentSettings): boolean =>
  services.some(
    ({ placement: where, http, settings: { nlb } }) =>
      where === 'public' || nlb !== undefined || (http && !http.internal && existingOf(settings) === undefined),
  )

function existing(wanted: Wanted, resolved: Kind<'existing'>, base: Path, isPublic: boolean): Combination[] {
  const ours = (['cidr', 'zones', 'nat', 'endpoints', 'flow_logs'] as const).filter((key) => wanted[key] !== undefined)
  const twice = (['public', 'private'] as const).filter((kind) => {
    const ids = kind === 'public' ? resolved.subnets : resolved.privateSubnets
    return new Set(ids).size < ids.length
  })
  const message =
    resolved.vpc === DEFAULT_VPC
      ? 'are those of the default VPC'
      : 'name two public subnets of the VPC, in different zones'
  const isWrong = resolved.vpc === DEFAULT_VPC ? wanted.subnets !== undefined : isPublic && resolved.subnets.length < 2
  return [
    ...(isWrong ? [{ path: [...base, 'subnets'], because: [[...base, 'subnets', 'public']], message }] : []),
    ...twice.map((kind) => ({ path: [...base, 'subnets', kind], message: 'names a subnet twice' })),
    ...ours.map((key) => ({ path: [...base, key], message: 'is for a new VPC; the one that id names has its own' })),
  ]
}

function made(wanted: Wanted, resolved: Kind<'new'>, base: Path): Combination[] {
  const size = Number(resolved.cidr.split('/')[1])
  const isSplit = resolved.zones === 3 || resolved.hasPrivateSubnets
  return [
    ...(wanted.subnets
      ? [{ path: [...base, 'subnets'], because: [[...base, 'id']], message: 'belong to a VPC: name it as id' }]
      : []),
    ...flowLogs(resolved, base),
    ...(isBlock(resolved.cidr)
      ? []
      : [{ path: [...base, 'cidr'], message: 'must be a block such as 10.0.0.0/16, of size /16 to /24' }]),
    ...(isBlock(resolved.cidr) && isSplit && size > 23
      ? [{ path: [...base, 'cidr'], message: 'is too small for a third zone or private subnets: /23 at least' }]
      : []),
  ]
}

function flowLogs({ flowLogDays = 30 }: Kind<'new'>, base: Path): Combination[] {
  const message = wrongRetention(flowLogDays)
  return message === undefined ? [] : [{ path: [...base, 'flow_logs', 'retention'], message }]
}

const isBlock = (cidr: string): boolean =>
  /^(\d{1,3}\.){3}\d{1,3}\/(1[6-9]|2[0-4])$/.test(cidr) &&
  (cidr.split('/')[0] ?? '').split('.').every((part) => Number(part) < 256)

/** A private task that gets neither its image nor anywhere else. */
function waysOut({ network: resolved, services, environment, manifest }: Checked): Combination[] {
  const isPrivate = services.filter((service) => service.placement === 'private')
  const own = manifest.environments?.[environment]?.network
  const base: Path = own ? ['environments', environment, 'network', 'vpc'] : ['network', 'vpc']
  return isPrivate.flatMap(({ name }): Combination[] => {
    const path = ['services', name, 'network', 'vpc', 'placement']
    if (resolved.kind === 'existing') {
      const missing = 'needs two private subnets: name them under network.vpc.subnets.private'
      return resolved.privateSubnets.length < 2 ? [{ path, because: [[...base, 'subnets']], message: missing }] : []
    }
    if (resolved.nat !== 'none' || ['ecr.api', 'ecr.dkr', 'logs'].every((one) => resolved.endpoints.includes(one)))
      return []
    const message = 'has no way to its image and logs: set network.vpc.nat: single, or network.vpc.endpoints: true'
    return [
      {
        path,
        because: [
          [...base, 'nat'],
          [...base, 'endpoints'],
        ],
        message,
      },
    ]
  })
}

const groupLimit = ({ network: resolved, services }: Checked): Combination[] =>
  services.flatMap((service) =>
    securityGroupsOf({ network: resolved }, service).length > 4
      ? [
          {
            path: ['services', service.name, 'network', 'vpc', 'security_groups'],
            message: 'with those of the environment are more than four; a network interface has five, and one is ours',
          },
        ]
      : [],
  )

/** The further security groups of a service's tasks. */
export const securityGroupsOf = (
  { network: { securityGroups } }: { readonly network: Pick<Network, 'securityGroups'> },
  { settings }: Pick<Service, 'settings'>,
): readonly (string | Exported)[] => distinct([...securityGroups, ...(settings.network?.vpc?.security_groups ?? [])])

function withPlace(template: Template, environment: Environment, service: Service): Template {
  const further = securityGroupsOf(environment, service)
  return withProperties(template, 'TaskService', (properties) => {
    const { AwsvpcConfiguration } = properties.NetworkConfiguration as {
      AwsvpcConfiguration: Json & { SecurityGroups: unknown[] }
    }
    return {
      ...properties,
      NetworkConfiguration: {
        AwsvpcConfiguration: {
          ...AwsvpcConfiguration,
          AssignPublicIp: service.placement === 'private' ? 'DISABLED' : 'ENABLED',
          Subnets: subnetsOfService(environment.network, service.placement),
          SecurityGroups: [...AwsvpcConfiguration.SecurityGroups, ...further.map(imported)],
        },
      },
    }
  })
}

export const network: Feature = {
  environmentChecks: [vpc, waysOut, groupLimit],
  service: (template, { environment, service }) => withPlace(template, environment, service),
  environment: (template, { environment, texts }) => withVpc(template, environment.network, texts),
  environmentParameters: ({ environment }) => vpcParameters(environment.network),
}
