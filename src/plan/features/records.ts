import { createHash } from 'node:crypto'
import { aliasesOf, recordsOf } from '../aliases.ts'
import type { Checked, Combination } from '../manifest/checks/places.ts'
import { type AliasRecord, type Environment, rulesOf, type Service } from '../manifest/model.ts'
import type { Path } from '../manifest/problems.ts'
import { logicalName } from '../names.ts'
import { type Resource, ref, type Template } from '../template.ts'
import { existingOf, SHARED } from './existing-balancer.ts'
import type { Feature } from './feature.ts'
import { balancerKind } from './load-balancer.ts'

/** What a record leads to: a load balancer's own name, and the hosted zone that AWS has for that. */
interface Balancer {
  readonly name: unknown
  readonly zone: unknown
}

/** An alias costs nothing to ask for, and follows the load balancer's addresses. */
const recordOf = ({ host, zone }: AliasRecord, balancer: Balancer): Resource => ({
  Type: 'AWS::Route53::RecordSet',
  Properties: {
    Name: host,
    Type: 'A',
    ...(zone.includes('.') ? { HostedZoneName: `${zone}.` } : { HostedZoneId: zone }),
    AliasTarget: { DNSName: balancer.name, HostedZoneId: balancer.zone, EvaluateTargetHealth: false },
  },
})

/**
 * The same name as long as host and zone are the same, so that a record changes where it leads to in place: under another
 * name it would be made while the old one is there, which Route 53 refuses.
 */
function recordName({ host, zone }: AliasRecord): string {
  const digest = createHash('sha256').update(`${host} ${zone}`).digest('hex').slice(0, 8)
  return `${logicalName(host.replace('*', 'any'))}Record${digest}`
}

type Named = Pick<Service, 'http'>

/** Hosts of all services behind a load balancer, each once. */
const recordsBehind = (services: readonly Named[], internal: boolean): readonly AliasRecord[] => [
  ...new Map(
    services
      .filter(({ http }) => http !== undefined && http.internal === internal)
      .flatMap(({ http }) => rulesOf(http).flatMap(({ records }) => records))
      .map((record) => [`${record.host} ${record.zone}`, record]),
  ).values(),
]

const balancerIn = (kind: string): Balancer =>
  kind === SHARED
    ? { name: ref('SharedLoadBalancerAddress'), zone: ref('SharedLoadBalancerZone') }
    : {
        name: { 'Fn::GetAtt': [`${kind}LoadBalancer`, 'DNSName'] },
        zone: { 'Fn::GetAtt': [`${kind}LoadBalancer`, 'CanonicalHostedZoneID'] },
      }

/** They are the environment's: services may share a host. */
function withRecords(template: Template, environment: Environment): Template {
  const records = [false, true].flatMap((internal) => {
    const kind = balancerKind(environment, internal)
    return recordsBehind(environment.services, internal).map((record): [string, Resource] => [
      recordName(record),
      recordOf(record, balancerIn(kind)),
    ])
  })
  return { ...template, Resources: { ...template.Resources, ...Object.fromEntries(records) } }
}

/** A record that somebody wants, of a load balancer that all services share or of the service's own. */
interface Claim extends AliasRecord {
  readonly balancer: string
  readonly path: Path
  readonly because: readonly Path[]
}

/** Of the environment, for visitors from anywhere. */
const OPEN = 'the load balancer'

/** What the services of an environment want, in the order of the manifest. */
export const claimsOf = (services: readonly Pick<Service, 'name' | 'http' | 'settings'>[]): readonly Claim[] =>
  services.flatMap(({ name, http, settings: { nlb } }) => {
    const ways = rulesOf(http).map(({ records, place }) => ({
      records,
      balancer: http?.internal ? 'the load balancer inside' : OPEN,
      at: ['services', name, ...place],
    }))
    const own = {
      records: recordsOf(aliasesOf(nlb ?? {})),
      balancer: `the network load balancer of ${name}`,
      at: ['services', name, 'nlb'],
    }
    return [...ways, own].flatMap(({ records, balancer, at }) =>
      records.map((record) => ({ ...record, balancer, path: [...at, 'alias'], because: [[...at, 'hosted_zone']] })),
    )
  })

/** A host has one record in a zone, and leads to one load balancer. */
function oneEach({ services }: Checked): Combination[] {
  const claims = claimsOf(services)
  return claims.flatMap(({ host, zone, balancer, ...place }): Combination[] => {
    const same = claims.filter((one) => one.host === host)
    const zones = [...new Set(same.filter((one) => one.balancer === balancer).map((one) => one.zone))]
    const balancers = [...new Set(same.filter((one) => one.zone === zone).map((one) => one.balancer))]
    return [
      ...(zones.length > 1
        ? [{ ...place, message: `${host} would have records in ${zones.join(' and ')}; name one hosted zone for it` }]
        : []),
      ...(balancers.length > 1
        ? [
            {
              ...place,
              message: `${host} would lead to ${balancers.join(' and to ')}; name another host or zone for one`,
            },
          ]
        : []),
    ]
  })
}

/** A record leads to the name of somebody else's load balancer and the zone of that, which are looked up by its own name. */
function zoneKnown({ services, settings }: Checked): Combination[] {
  const there = existingOf(settings)
  if (typeof there !== 'object' || there.zone_id !== undefined) return []
  const message = 'a record needs zone_id of the load balancer, or the load balancer by its name alone'
  return claimsOf(services).flatMap(({ balancer, path, because }) =>
    balancer === OPEN ? [{ path, because, message }] : [],
  )
}

const parametersOf = ({ settings, services }: Environment): Record<string, string> => {
  const there = existingOf(settings)
  return typeof there === 'object' && there.zone_id !== undefined && recordsBehind(services, false).length > 0
    ? { SharedLoadBalancerZone: there.zone_id }
    : {}
}

export const records: Feature = {
  environmentChecks: [oneEach, zoneKnown],
  environment: (template, { environment }) => withRecords(withZone(template, environment), environment),
  environmentParameters: ({ environment }) => parametersOf(environment),
  service: (template, { service }) => withNetworkRecords(template, service),
}

/** A network load balancer is the service's own, and so are its records. */
function withNetworkRecords(template: Template, { settings: { nlb } }: Service): Template {
  const made = recordsOf(aliasesOf(nlb ?? {})).map((record): [string, Resource] => [
    recordName(record),
    recordOf(record, balancerIn('Network')),
  ])
  return { ...template, Resources: { ...template.Resources, ...Object.fromEntries(made) } }
}

/** AWS's own zone of a load balancer of somebody else. */
const withZone = (template: Template, { settings, services }: Environment): Template =>
  existingOf(settings) === undefined || recordsBehind(services, false).length === 0
    ? template
    : {
        ...template,
        Parameters: {
          ...template.Parameters,
          SharedLoadBalancerZone: {
            Type: 'String',
            Description: 'Hosted zone that AWS has for the name of the load balancer',
          },
        },
      }
