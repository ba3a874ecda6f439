import { environmentStack, logicalName, serviceStack } from '../../names.ts'
import { rulePriority } from '../../rule-priority.ts'
import type { Path } from '../problems.ts'
import type { Checked, Combination } from './places.ts'

export const environmentFindings = (checked: Checked): Combination[] => [
  ...sameNames(checked),
  ...sameRepositories(checked),
  ...ownRepositories(checked),
  ...samePaths(checked),
  ...network(checked),
  ...certificate(checked),
]

/** Names that become one when they are put together. */
function sameNames({ manifest, environment, services }: Checked): Combination[] {
  const { app } = manifest
  const alike = services.flatMap(({ name }, index) => {
    const other = services.slice(0, index).find((one) => logicalName(one.name) === logicalName(name))
    return other ? [{ path: ['services', name], message: `is too much like ${other.name}`, atKey: true }] : []
  })
  const stacks = new Map(services.map(({ name }) => [serviceStack(app, environment, name), name]))
  const names = Object.keys(manifest.environments ?? {})
  // Only stacks of these can meet; to compare those of every pair would take seconds where there are hundreds.
  const prefix = `${environment}-`
  const near = names.filter((name) => name.startsWith(prefix) || prefix.startsWith(name))
  const other = near.flatMap((name) => {
    // Two environments whose services meet are told of once.
    const isLater = names.indexOf(name) > names.indexOf(environment)
    const later = isLater ? services.map((one) => serviceStack(app, name, one.name)) : []
    const same = [environmentStack(app, name), ...later].find((stack) => stacks.has(stack)) ?? ''
    const message = `its stack would be called like that of ${stacks.get(same)} in ${environment}: ${same}`
    return same === '' ? [] : [{ path: ['environments', name], because: [['app']], message, atKey: true }]
  })
  return [...alike, ...other]
}

/** A repository holds the images of one service. */
function sameRepositories({ services, merged }: Checked): Combination[] {
  const built = services.flatMap(({ name, image }) =>
    image.kind === 'build' ? [{ name, repository: image.repository }] : [],
  )
  return built.flatMap(({ name, repository }, index) => {
    const other = built.slice(0, index).find((one) => one.repository === repository)
    if (!other) return []
    const [given, left] = merged[name]?.image?.repository === undefined ? [other.name, name] : [name, other.name]
    return [
      {
        path: ['services', given, 'image', 'repository'],
        because: [['services', left, 'image', 'repository']],
        message: `is the repository of ${left} already; each service has one of its own`,
      },
    ]
  })
}

/** The repositories are the application's: an environment that names another would take them from the rest. */
const ownRepositories = ({ manifest, environment }: Checked): Combination[] =>
  Object.entries(manifest.environments?.[environment]?.services ?? {}).flatMap(([name, { image }]) => {
    const repository = image?.repository
    if (repository === undefined || repository === manifest.services[name]?.image?.repository) return []
    const path = ['services', name, 'image', 'repository']
    return [{ path, message: `is one for all environments; name it under ${path.join('.')}` }]
  })

/** One load balancer serves all: each service needs a path of its own, and a place of its own among the rules. */
function samePaths(checked: Checked): Combination[] {
  const served = checked.services.flatMap(({ name, http }) =>
    http ? [{ name, path: http.path, stem: http.path.replace(/\/+$/, ''), rule: rulePriority(name, http.path) }] : [],
  )
  return served.flatMap(({ name, path, stem, rule }, index): Combination[] => {
    const before = served.slice(0, index)
    const same = before.find((one) => one.stem === stem)
    const crossed = before.find((one) => one.rule === rule)
    const at = checked.merged[name]?.http ? ['http', 'path'] : ['image', 'port']
    if (same)
      return [
        {
          path: ['services', name, ...at],
          because: [['services', same.name, 'http', 'path']],
          message: `${same.name} has the path ${path} already; give ${name} another under http.path, or http: false`,
        },
      ]
    return crossed
      ? [
          {
            path: ['services', name],
            atKey: true,
            message: `cannot be told from ${crossed.name} by the load balancer; rename it`,
          },
        ]
      : []
  })
}

function network({ environment, manifest, network: resolved }: Checked): Combination[] {
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

/** A load balancer takes certificates of its own region only. */
function certificate({ environment, manifest }: Checked): Combination[] {
  const { certificate: arn, region } = manifest.environments?.[environment] ?? {}
  const home = arn?.split(':')[3]
  return home === undefined || region === undefined || home === region
    ? []
    : [
        {
          path: ['environments', environment, 'certificate'],
          message: `is in ${home}; the load balancer is in ${region}`,
        },
      ]
}
