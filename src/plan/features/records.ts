import type { Checked, Combination } from '../manifest/checks/places.ts'
import type { AliasRecord, Environment, Service } from '../manifest/model.ts'
import { type Resource, ref, type Template } from '../template.ts'
import { aliasesOf, recordsOf } from './alias.ts'
import { existingOf, SHARED } from './existing-balancer.ts'
import type { Feature } from './feature.ts'
import { rulesOf } from './http-rules.ts'
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

/** Another name for each host, whatever the others are: under another one it would be made while the old is there. */
function recordName(host: string): string {
  const parts = host.split('.')
  const words = parts.map((part) => part.replaceAll('-', 'Dash').replace('*', 'Any'))
  return `${words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('Dot')}Record`
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
      (internal ? 'Private' : '') + recordName(record.host),
      recordOf(record, balancerIn(kind)),
    ])
  })
  return { ...template, Resources: { ...template.Resources, ...Object.fromEntries(records) } }
}

/** A host has one record in a zone, and leads to one load balancer. */
function oneEach({ services, settings }: Checked): Combination[] {
  const there = existingOf(settings)
  const open = recordsBehind(services, false)
  const inside = recordsBehind(services, true)
  return services.flatMap(({ name, http }): Combination[] =>
    rulesOf(http).flatMap(({ records, prefix }) => {
      const index = Number(prefix.slice('Rule'.length)) - 2
      const path = ['services', name, 'http', ...(prefix === '' ? [] : ['additional_rules', index]), 'hosted_zone']
      return records.flatMap((record): Combination[] => {
        const same = (one: AliasRecord) => one.host === record.host
        const here = (http?.internal ? inside : open).filter(same)
        const across = (http?.internal ? open : inside).filter((one) => same(one) && one.zone === record.zone)
        return [
          ...(here.length > 1
            ? [
                {
                  path,
                  message: `${record.host} would have records in ${here.map(({ zone }) => zone).join(' and ')}; name one hosted zone for it`,
                },
              ]
            : []),
          ...(across.length > 0
            ? [
                {
                  path,
                  message: `${record.host} would lead to the load balancer inside and to the other one; name another zone for one`,
                },
              ]
            : []),
          ...(!http?.internal && typeof there === 'object' && there.zone_id === undefined
            ? [{ path, message: 'needs zone_id of the load balancer, or the load balancer by its name alone' }]
            : []),
        ]
      })
    }),
  )
}

const parametersOf = ({ settings, services }: Environment): Record<string, string> => {
  const there = existingOf(settings)
  return typeof there === 'object' && there.zone_id !== undefined && recordsBehind(services, false).length > 0
    ? { SharedLoadBalancerZone: there.zone_id }
    : {}
}

export const records: Feature = {
  environmentChecks: [oneEach],
  environment: (template, { environment }) => withRecords(withZone(template, environment), environment),
  environmentParameters: ({ environment }) => parametersOf(environment),
  service: (template, { service }) => withNetworkRecords(template, service),
}

/** A network load balancer is the service's own, and so are its records. */
function withNetworkRecords(template: Template, { settings: { nlb } }: Service): Template {
  const made = recordsOf(aliasesOf(nlb ?? {})).map((record): [string, Resource] => [
    `Network${recordName(record.host)}`,
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
