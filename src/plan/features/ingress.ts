import * as z from 'zod'
import type { Check } from '../manifest/checks/places.ts'
import { addressRange } from '../manifest/fields.ts'
import type { Service } from '../manifest/model.ts'
import { ref, type Template } from '../template.ts'
import type { Feature } from './feature.ts'
import { networkModeOf } from './network-mode.ts'
import { isDaemon } from './placement.ts'

/** The part of a service's `network` by which visitors reach its tasks without a load balancer. */
export const ingressFields = {
  ingress: z
    .strictObject({ source_ips: z.array(addressRange).min(1).max(50) })
    .optional()
    .describe('ranges of addresses that reach the port of the tasks themselves, at their public addresses'),
}

/** From where visitors come to the tasks themselves, each once: EC2 takes no rule twice. */
export const visitorsOf = ({ settings }: Pick<Service, 'settings'>): readonly string[] => [
  ...new Set(settings.network?.ingress?.source_ips),
]

/** Tasks with an interface have a group of their own; instances have theirs in the environment's stack. */
function withIngress(template: Template, { port, ...service }: Service): Template {
  const ranges = visitorsOf(service)
  if (ranges.length === 0 || port === undefined || service.compute.kind !== 'fargate') return template
  const rules = ranges.map((range) => [
    `PublicIngress${range.replaceAll(/[^0-9a-f]/gi, 'x')}`,
    {
      Type: 'AWS::EC2::SecurityGroupIngress',
      Properties: {
        Description: 'Visitors to the port of the container',
        GroupId: ref('SecurityGroup'),
        IpProtocol: 'tcp',
        FromPort: port,
        ToPort: port,
        [range.includes(':') ? 'CidrIpv6' : 'CidrIp']: range,
      },
    },
  ])
  return { ...template, Resources: { ...template.Resources, ...Object.fromEntries(rules) } }
}

const at = ['network', 'ingress']

const combinations: Check = ({ network }, service) => {
  if (!network?.ingress) return []
  const message = wrong(service)
  return message === undefined ? [] : [{ at, ...message }]
}

function wrong({ port, http, compute, placement, settings }: Parameters<Check>[1]) {
  const mode = networkModeOf(settings, compute)
  if (port === undefined) return { because: ['image', 'port'], message: 'needs image.port: what visitors reach' }
  if (http) return { because: ['http'], message: 'is for tasks without a load balancer: set http: false' }
  if (!['fargate', 'ec2', 'gpu'].includes(compute.kind) || isDaemon(settings))
    return {
      because: isDaemon(settings) ? ['scheduling'] : ['compute'],
      message: 'is for tasks on Fargate or on instances of their own (compute: ec2 or gpu)',
    }
  if (mode === 'none')
    return {
      because: ['network', 'mode'],
      message: 'is for tasks that can be reached, which network.mode: none rules out',
    }
  if (placement === 'private')
    return {
      because: ['network', 'vpc', 'placement'],
      message: 'is for tasks with public addresses: placement: public',
    }
  return undefined
}

export const ingress: Feature = {
  checks: [combinations],
  service: (template, { service }) => withIngress(template, service),
}
