import * as z from 'zod'
import type { Checked, Combination } from '../manifest/checks/places.ts'
import { pattern, text, wants } from '../manifest/fields.ts'
import type { Environment, Network } from '../manifest/model.ts'
import type { Path } from '../manifest/problems.ts'
import type { EnvironmentSettings } from '../manifest/schema.ts'
import { type Template, withProperties } from '../template.ts'
import type { Feature } from './feature.ts'

const subnetId = pattern('the id of a subnet: subnet-…', /^subnet-\w+$/)
const subnet = wants('the id of a subnet: subnet-…', z.union([subnetId, z.strictObject({ id: subnetId })]))

export const networkFields = {
  network: z
    .strictObject({
      vpc: z.strictObject({
        id: pattern('the id of a VPC: vpc-…', /^vpc-\w+$/)
          .optional()
          .describe('a VPC that exists; left out, img2vid makes one'),
        cidr: text.optional().describe('addresses of the VPC that img2vid makes, 10.0.0.0/16 if left out'),
        subnets: z
          .strictObject({ public: z.array(subnet).min(2).max(16).optional() })
          .optional()
          .describe('two or more subnets of that VPC, in different zones'),
        security_groups: z
          .array(pattern('the id of a security group: sg-…', /^sg-\w+$/))
          .min(1)
          // A network interface has five at most, and one is ours.
          .max(4)
          .optional()
          .describe('further security groups for the tasks'),
      }),
    })
    .optional()
    .describe('network of every environment that has none of its own'),
}

export function resolveNetwork(settings: EnvironmentSettings['network']): Network {
  const wanted = settings?.vpc ?? {}
  const securityGroups = wanted.security_groups ?? []
  if (wanted.id === undefined) return { kind: 'new', cidr: wanted.cidr ?? '10.0.0.0/16', securityGroups }
  const subnets = (wanted.subnets?.public ?? []).map((one) => (typeof one === 'string' ? one : one.id))
  return { kind: 'existing', vpc: wanted.id, subnets, securityGroups }
}

function vpc({ environment, manifest, network: resolved }: Checked): Combination[] {
  const own = manifest.environments?.[environment]?.network
  const base: Path = own ? ['environments', environment, 'network', 'vpc'] : ['network', 'vpc']
  const { cidr, subnets } = (own ?? manifest.network)?.vpc ?? {}
  if (resolved.kind === 'existing') {
    return [
      ...(resolved.subnets.length < 2
        ? [
            {
              path: [...base, 'subnets'],
              because: [[...base, 'subnets', 'public']],
              message: 'name two public subnets of the VPC, in different zones',
            },
          ]
        : []),
      ...(new Set(resolved.subnets).size < resolved.subnets.length
        ? [{ path: [...base, 'subnets', 'public'], message: 'names a subnet twice' }]
        : []),
      ...(cidr === undefined
        ? []
        : [{ path: [...base, 'cidr'], message: 'is for a new VPC; the one that id names has its own' }]),
    ]
  }
  return [
    ...(subnets
      ? [{ path: [...base, 'subnets'], because: [[...base, 'id']], message: 'belong to a VPC: name it as id' }]
      : []),
    ...(isBlock(resolved.cidr)
      ? []
      : [{ path: [...base, 'cidr'], message: 'must be a block such as 10.0.0.0/16, of size /16 to /24' }]),
  ]
}

const isBlock = (cidr: string): boolean =>
  /^(\d{1,3}\.){3}\d{1,3}\/(1[6-9]|2[0-4])$/.test(cidr) &&
  (cidr.split('/')[0] ?? '').split('.').every((part) => Number(part) < 256)

function withSecurityGroups(template: Template, { network: { securityGroups } }: Environment): Template {
  if (securityGroups.length === 0) return template
  return withProperties(template, 'TaskService', (properties) => {
    const { AwsvpcConfiguration } = properties.NetworkConfiguration as {
      AwsvpcConfiguration: { SecurityGroups: unknown[] }
    }
    const SecurityGroups = [...AwsvpcConfiguration.SecurityGroups, ...securityGroups]
    return { ...properties, NetworkConfiguration: { AwsvpcConfiguration: { ...AwsvpcConfiguration, SecurityGroups } } }
  })
}

export const network: Feature = {
  environmentChecks: [vpc],
  service: (template, { environment }) => withSecurityGroups(template, environment),
}
