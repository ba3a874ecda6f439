import * as z from 'zod'
import type { Check, Checked, Combination, ServiceFinding } from '../manifest/checks/places.ts'
import { pattern, wants } from '../manifest/fields.ts'
import type { Platform } from '../manifest/model.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { isArm } from '../plain-instances.ts'
import { type Json, type Template, withProperties } from '../template.ts'
import type { Feature, ServiceInputs } from './feature.ts'

const strategy = wants(
  'random, or spread or binpack with what to look at',
  z.union([
    z.literal('random'),
    z.strictObject({
      spread: pattern('zone, instance, or attribute: and its name', /^(zone|instance|attribute:[\w./:-]+)$/).describe(
        'zone, instance, or attribute:… of the instances',
      ),
    }),
    z.strictObject({ binpack: z.enum(['cpu', 'memory']) }),
  ]),
)

const DISTINCT = 'distinct_instance'

/** A query has one of the operators of the cluster query language at least. */
const constraint = pattern(
  `${DISTINCT}, or a query such as attribute:ecs.instance-type =~ g6.*`,
  /^distinct_instance$|[=<>~]|\b(in|exists|equals|not_equals|matches|not_matches|not_in|not_exists|(less|greater)_than(_equal)?)\b/,
)

export const placementFields = {
  placement: z
    .strictObject({
      strategies: z
        .array(strategy)
        .min(1)
        .max(5)
        .optional()
        .describe('which instance a task goes to, the first one first'),
      constraints: z
        .array(constraint)
        .min(1)
        .max(10)
        .optional()
        .describe('distinct_instance, or queries of the cluster such as attribute:ecs.instance-type =~ g6.*'),
    })
    .optional()
    .describe('on which of the instances tasks run'),
  scheduling: z
    .enum(['replica', 'daemon'])
    .optional()
    .describe('replica (default), or daemon: one task on each instance of the environment'),
}

export const isDaemon = ({ scheduling }: Pick<ManifestService, 'scheduling'>): boolean => scheduling === 'daemon'

export const isDistinct = ({ placement = {} }: Pick<ManifestService, 'placement'>): boolean =>
  (placement.constraints ?? []).includes(DISTINCT)

const FIELDS: Readonly<Record<string, string>> = { zone: 'attribute:ecs.availability-zone', instance: 'instanceId' }

const onInstances: Check = ({ placement }, { compute }) =>
  placement && (compute.kind === 'fargate' || compute.kind === 'managed')
    ? [
        {
          at: ['placement'],
          because: ['compute'],
          message: `${compute.kind === 'fargate' ? 'Fargate has' : 'Managed Instances have'} no instances to choose between; compute: ec2 and gpu have`,
        },
      ]
    : []

/** One comparison of the instances' type; what a longer query comes to is ECS's to say. */
const TYPES = /^\s*attribute:ecs\.instance-type\s+(==|equals|=~|matches|in)\s+(\[[^\]]*\]|"[^"]*"|'[^']*'|\S+)\s*$/

const withinTypes: Check = (service, { compute }) =>
  !isDaemon(service) && (compute.kind === 'gpu' || compute.kind === 'ec2')
    ? (service.placement?.constraints ?? []).flatMap((query, index) =>
        compute.instances.length === 0 || compute.instances.some((type) => mayBe(type, query))
          ? []
          : [
              {
                at: ['placement', 'constraints', index],
                because: ['instances'],
                message: `is none of ${compute.instances.join(', ')}${/=~|matches/.test(query) ? '; a pattern is a regular expression for the whole type, such as g6.*' : ''}`,
              },
            ],
      )
    : []

function mayBe(type: string, query: string): boolean {
  const [, operator, argument = ''] = TYPES.exec(query) ?? []
  if (operator === undefined) return true
  const values = argument.replace(/^\[|\]$/g, '').split(',')
  const words = values.map((word) => word.trim().replace(/^(["'])(.*)\1$/, '$2'))
  return operator === '=~' || operator === 'matches' ? words.some((word) => fits(type, word)) : words.includes(type)
}

/** ECS's patterns are Java's; one that is none here is left to it. */
function fits(type: string, source: string): boolean {
  try {
    return new RegExp(`^(?:${source})$`).test(type)
  } catch {
    return true
  }
}

const daemons: Check = (service, { compute, http }) => {
  if (!isDaemon(service)) return []
  const at = ['scheduling']
  const not = (key: string, message: string): ServiceFinding[] =>
    (service as Readonly<Record<string, unknown>>)[key] === undefined ? [] : [{ at: [key], because: at, message }]
  return [
    ...(compute.kind === 'ec2' || compute.kind === 'external'
      ? []
      : [{ at, because: ['compute'], message: 'a task on each instance is for compute: ec2 or external' }]),
    ...not('count', 'is the number of instances when there is a task on each'),
    ...not('instances', 'are those of the other services: a daemon has none of its own'),
    ...not('host', 'is that of the other services: a daemon has no instances of its own'),
    ...not('spot', 'is for the instances of other services: a daemon has none of its own'),
    ...(service.placement?.strategies
      ? [
          {
            at: ['placement', 'strategies'],
            because: at,
            message: 'there is nothing to choose: every instance has a task',
          },
        ]
      : []),
    ...(http
      ? [{ at: ['http'], because: at, message: 'a daemon is not behind the load balancer; set http: false' }]
      : []),
  ]
}

/** The environment's instances may have processors of both kinds, and a daemon's image is for one. */
const ownProcessors = (platform: Platform): string =>
  `attribute:ecs.cpu-architecture == ${platform === 'linux/arm64' ? 'arm64' : 'x86_64'}`

function withPlacement(template: Template, { service: { settings, compute, platform } }: ServiceInputs): Template {
  const { strategies = [], constraints: own = [] } = settings.placement ?? {}
  const daemon = isDaemon(settings)
  if (compute.kind === 'fargate' || compute.kind === 'managed') return template
  const external = compute.kind === 'external'
  const constraints = daemon && !external ? [...own, ownProcessors(platform)] : own
  const name = Object.keys(template.Resources).find((one) => template.Resources[one]?.Type === 'AWS::ECS::Service')
  return withProperties(template, name ?? '', (properties) => ({
    ...(daemon ? asDaemon(properties, external ? 'EXTERNAL' : 'EC2') : properties),
    // None are said too: what an update leaves out stays as it was.
    PlacementConstraints: constraints.map((one) =>
      one === DISTINCT ? { Type: 'distinctInstance' } : { Type: 'memberOf', Expression: one },
    ),
    ...(!daemon && {
      PlacementStrategies: strategies.map((one) => {
        if (one === 'random') return { Type: 'random' }
        return 'spread' in one
          ? { Type: 'spread', Field: FIELDS[one.spread] ?? one.spread }
          : { Type: 'binpack', Field: one.binpack }
      }),
    }),
  }))
}

/** Where there are instances, some have to be for the daemon's image. */
const daemonsFit = ({ services, merged }: Checked): Combination[] => {
  const types = services.flatMap(({ compute }) =>
    compute.kind === 'gpu' || compute.kind === 'ec2' ? compute.instances : [],
  )
  return services.flatMap(({ name, platform, compute }) => {
    const fitting = types.filter((type) => isArm(type) === (platform === 'linux/arm64'))
    if (!isDaemon(merged[name] ?? {}) || compute.kind !== 'ec2' || types.length === 0 || fitting.length > 0) return []
    const other = platform === 'linux/arm64' ? 'linux/amd64' : 'linux/arm64'
    const message = `its image is for ${platform}, and no instance of the environment has such processors; set platform: ${other}`
    return [{ path: ['services', name], atKey: true, message }]
  })
}

/** One on each instance, whoever's it is; the old one goes before the new one comes. */
function asDaemon(properties: Json, LaunchType: string): Json {
  const { DesiredCount: _count, CapacityProviderStrategy: _providers, ...rest } = properties
  return { ...rest, LaunchType, SchedulingStrategy: 'DAEMON', AvailabilityZoneRebalancing: 'DISABLED' }
}

export const placement: Feature = {
  checks: [onInstances, withinTypes, daemons],
  environmentChecks: [daemonsFit],
  service: withPlacement,
}
