import { imported } from '../exported.ts'
import type { ServiceInputs } from '../features/feature.ts'
import { networkModeOf } from '../features/network-mode.ts'
import type { Environment, Network } from '../manifest/model.ts'
import { isWritten, type NamedVolume, volumesOf } from '../manifest/volumes.ts'
import { logicalName } from '../names.ts'
import { addPolicy, type Statement } from '../policies.ts'
import {
  bind,
  importable,
  importValue,
  type Json,
  merge,
  readTemplate,
  ref,
  subText,
  type Template,
} from '../template.ts'
import { hasInstances } from './capacity.ts'
import { namedSubnets, subnetsOfService } from './vpc.ts'

/** The service whatever it is called: other compute has it under another name. */
export function serviceResource(template: Template): string {
  const [found] = Object.entries(template.Resources).find(([, { Type }]) => Type === 'AWS::ECS::Service') ?? []
  if (found === undefined) throw new Error('the template has no service')
  return found
}

/** The access point of a volume on the service's own file system. */
export const accessPointOf = (volume: string): string => `${logicalName(volume)}AccessPoint`

const isMade = (volume: NamedVolume): volume is Extract<NamedVolume, { kind: 'made' }> => volume.kind === 'made'

/** The file system of a service, in each of its tasks' subnets, with an access point for each volume. */
export function withCreatedFiles(template: Template, { service, environment, texts }: ServiceInputs): Template {
  const made = volumesOf(service.settings).filter(isMade)
  if (made.length === 0) return template
  const targets = mountTargets(environment.network, service.placement)
  const points = made.map(({ name, uid, gid }) => [accessPointOf(name), accessPoint(name, uid, gid)])
  const part = bind(readTemplate(texts.fileSystem), { TaskSecurityGroup: groupOf(template, service.name) })
  const merged = merge(template, part)
  const name = serviceResource(merged)
  const waiting = { ...merged.Resources[name], DependsOn: dependencies(merged, name, Object.keys(targets)) }
  const Resources = { ...merged.Resources, ...targets, ...Object.fromEntries(points), [name]: waiting }
  return { ...merged, Resources: Resources as Template['Resources'] }
}

const dependencies = ({ Resources }: Template, name: string, targets: readonly string[]): string[] =>
  [Resources[name]?.DependsOn ?? [], ...targets].flat() as string[]

/** Tasks on instances share the instances' security group, which the environment has. */
const groupOf = ({ Resources }: Template, service: string): Json =>
  'SecurityGroup' in Resources
    ? { 'Fn::GetAtt': ['SecurityGroup', 'GroupId'] }
    : importValue(`\${EnvironmentStack}-${instanceGroupOutput(service)}`)

const instanceGroupOutput = (service: string): string => `${logicalName(service)}InstanceSecurityGroup`

/** The environment tells the file systems of services which group their instances have. */
export function withInstanceGroups(template: Template, { services }: Environment): Template {
  const Outputs = services
    .filter(
      (service) =>
        hasInstances(service) &&
        networkModeOf(service.settings, service.compute) !== 'awsvpc' &&
        volumesOf(service.settings).some(isMade),
    )
    .map(({ name }) => {
      const output = instanceGroupOutput(name)
      return [output, importable(`Security group of the instances of ${name}`, ref(output), output)]
    })
  return { ...template, Outputs: { ...template.Outputs, ...Object.fromEntries(Outputs) } }
}

type Target = readonly [name: string, subnet: Json | string]

/**
 * One for each zone of a new network, which tasks have wherever they are placed: EFS takes no second one in a zone, not even
 * until the first one is gone. Elsewhere one for each subnet, which have to be in different zones.
 */
function mountTargets(network: Network, placement: 'public' | 'private'): Record<string, Json> {
  const made = Array.from(
    { length: network.kind === 'new' ? network.zones : 0 },
    (_, index): Target => [String(index + 1), { 'Fn::Select': [index, subnetsOfService(network, 'public')] }],
  )
  const each = namedSubnets(network, placement)?.map((subnet): Target => [logicalName(subnet), subnet]) ?? made
  return Object.fromEntries(
    each.map(([name, SubnetId]) => [
      `MountTarget${name}`,
      {
        Type: 'AWS::EFS::MountTarget',
        Properties: {
          FileSystemId: ref('FileSystem'),
          SubnetId,
          SecurityGroups: [{ 'Fn::GetAtt': ['FileSystemSecurityGroup', 'GroupId'] }],
        },
      },
    ]),
  )
}

const accessPoint = (volume: string, uid: number, gid: number): Json => ({
  Type: 'AWS::EFS::AccessPoint',
  Properties: {
    FileSystemId: ref('FileSystem'),
    PosixUser: { Uid: String(uid), Gid: String(gid) },
    RootDirectory: {
      Path: `/${volume}`,
      CreationInfo: { OwnerUid: String(uid), OwnerGid: String(gid), Permissions: '0755' },
    },
  },
})

/** The task role may mount these file systems, by these access points, and write where somebody has to. */
export function withFileAccess(template: Template, { service }: ServiceInputs): Template {
  const statements = volumesOf(service.settings).flatMap((volume): Statement[] => {
    const place = placeOf(volume)
    if (!place) return []
    const actions = isWritten(service.settings, volume) ? ['ClientMount', 'ClientWrite'] : ['ClientMount']
    return [
      {
        Effect: 'Allow',
        Action: actions.map((action) => `elasticfilesystem:${action}`),
        Resource: place.fileSystem,
        ...(place.accessPoint !== undefined && {
          Condition: { StringEquals: { 'elasticfilesystem:AccessPointArn': place.accessPoint } },
        }),
      },
    ]
  })
  return addPolicy(template, 'TaskRole', 'files', statements)
}

function placeOf(volume: NamedVolume): { readonly fileSystem: unknown; readonly accessPoint?: unknown } | undefined {
  if (volume.kind === 'made') {
    return {
      fileSystem: { 'Fn::GetAtt': ['FileSystem', 'Arn'] },
      accessPoint: { 'Fn::GetAtt': [accessPointOf(volume.name), 'Arn'] },
    }
  }
  if (volume.kind !== 'efs' || !volume.iam) return undefined
  const text = (what: string) => `arn:\${AWS::Partition}:elasticfilesystem:\${AWS::Region}:\${AWS::AccountId}:${what}`
  const { id, accessPoint } = volume
  return {
    fileSystem:
      typeof id === 'string'
        ? subText(text(`file-system/${id}`))
        : { 'Fn::Sub': [`${text('file-system/')}\${Id}`, { Id: imported(id) }] },
    ...(accessPoint !== undefined && { accessPoint: subText(text(`access-point/${accessPoint}`)) }),
  }
}
