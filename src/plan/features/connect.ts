import * as z from 'zod'
import type { Check, Checked, Combination } from '../manifest/checks/places.ts'
import { flag, pattern, wants } from '../manifest/fields.ts'
import type { Environment, Service } from '../manifest/model.ts'
import { importValue, type Json, merge, readTemplate, ref, type Template, withProperties } from '../template.ts'
import type { EnvironmentInputs, Feature } from './feature.ts'
import { networkModeOf } from './network-mode.ts'

const host = pattern('a name such as api or api.internal', /^(?=.{1,127}$)[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/)

/** The part of a service's `network` by which services find each other. */
export const connectFields = {
  connect: wants('true, or a group of settings', z.union([flag, z.strictObject({ alias: host })]))
    .optional()
    .describe('Service Connect: other services reach this one by its name, and it reaches them'),
}

const connects = ({ settings }: Pick<Service, 'settings'>): boolean =>
  settings.network?.connect !== undefined && settings.network.connect !== false

type Connected = Pick<Service, 'name' | 'settings' | 'port'>

const aliasOf = ({ name, settings }: Connected): string =>
  typeof settings.network?.connect === 'object' ? settings.network.connect.alias : name

/** What a port is called in its task definition. */
const PORT = 'connect'
const PROTOCOLS = { HTTP1: 'http', HTTP2: 'http2', GRPC: 'grpc' } as const

function withConnect(template: Template, service: Service): Template {
  if (!connects(service)) return template
  const { name, port } = service
  const named = port === undefined ? template : withNamedPort(template, service, port)
  const Services = [{ PortName: PORT, DiscoveryName: name, ClientAliases: [{ Port: port, DnsName: aliasOf(service) }] }]
  return withProperties(named, 'TaskService', (properties) => ({
    ...properties,
    NetworkConfiguration: withGroup(properties.NetworkConfiguration as { AwsvpcConfiguration: Json }),
    ServiceConnectConfiguration: { Enabled: true, ...(port !== undefined && { Services }) },
  }))
}

/** Connected tasks reach each other by a security group that they share. */
const withGroup = ({ AwsvpcConfiguration }: { readonly AwsvpcConfiguration: Json }): Json => ({
  AwsvpcConfiguration: {
    ...AwsvpcConfiguration,
    SecurityGroups: [
      ...(AwsvpcConfiguration.SecurityGroups as unknown[]),
      importValue(`\${EnvironmentStack}-ConnectSecurityGroup`),
    ],
  },
})

const withNamedPort = (template: Template, { http }: Service, port: number): Template =>
  withProperties(template, 'TaskDefinition', (properties) => {
    const [own = {}, ...others] = properties.ContainerDefinitions as Json[]
    const PortMappings = (own.PortMappings as Json[]).map((mapping) =>
      mapping.ContainerPort === port
        ? { Name: PORT, ...mapping, ...(http && { AppProtocol: PROTOCOLS[http.version] }) }
        : mapping,
    )
    return { ...properties, ContainerDefinitions: [{ ...own, PortMappings }, ...others] }
  })

const anyConnects = ({ services }: Environment): boolean => services.some(connects)

function withNamespace(template: Template, { environment, texts }: EnvironmentInputs): Template {
  if (!anyConnects(environment)) return template
  return withProperties(merge(template, readTemplate(texts.connect)), 'Cluster', (properties) => ({
    ...properties,
    ServiceConnectDefaults: { Namespace: { 'Fn::GetAtt': ['ConnectNamespace', 'Arn'] } },
  }))
}

/** Further security groups of the instances on which connected tasks run. */
export const connectGroups = (service: Service): readonly unknown[] =>
  connects(service) ? [ref('ConnectSecurityGroup')] : []

const at = ['network', 'connect']

const combinations: Check = (settings, service) => {
  const { network } = settings
  const mode = networkModeOf(settings, service.compute)
  const named = typeof network?.connect === 'object'
  return [
    ...(connects(service) && (service.compute.kind === 'external' || mode === 'host' || mode === 'none')
      ? [{ at, because: ['network', 'mode'], message: 'is for tasks in awsvpc or on a bridge, on machines of AWS' }]
      : []),
    ...(named && service.port === undefined
      ? [{ at: [...at, 'alias'], because: ['image', 'port'], message: 'needs image.port: what is reached by the name' }]
      : []),
  ]
}

/** With the one that connected tasks share. */
const groupLimit = ({ network, services }: Checked): Combination[] =>
  services.flatMap((service) => {
    const all = network.securityGroups.length + (service.settings.network?.vpc?.security_groups ?? []).length
    return connects(service) && all > 3
      ? [
          {
            path: ['services', service.name, ...at],
            because: [['services', service.name, 'network', 'vpc', 'security_groups']],
            message: `goes with three further security groups at most, and there are ${all}: a network interface has five, and two are ours`,
          },
        ]
      : []
  })

/** A name leads to one service. */
function sameAliases({ services }: Checked): Combination[] {
  const reached = services.filter((service) => connects(service) && service.port !== undefined)
  return reached.flatMap((service, index) => {
    const same = reached.slice(0, index).find((other) => aliasOf(other) === aliasOf(service))
    return same
      ? [
          {
            path: ['services', service.name, ...at],
            because: [['services', same.name, ...at]],
            message: `${same.name} is called ${aliasOf(service)} already; give ${service.name} another alias`,
          },
        ]
      : []
  })
}

export const connect: Feature = {
  checks: [combinations],
  environmentChecks: [sameAliases, groupLimit],
  service: (template, { service }) => withConnect(template, service),
  environment: withNamespace,
}
