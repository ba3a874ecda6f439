import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { invalid } from './find.ts'
import type { Ec2State, Kind } from './state.ts'

const resourceTypes: Record<Kind, Sdk.ResourceType> = {
  vpcs: 'vpc',
  subnets: 'subnet',
  internetGateways: 'internet-gateway',
  natGateways: 'natgateway',
  addresses: 'elastic-ip',
  routeTables: 'route-table',
  networkAcls: 'network-acl',
  vpcEndpoints: 'vpc-endpoint',
  securityGroups: 'security-group',
  launchTemplates: 'launch-template',
  networkInterfaces: 'network-interface',
  instances: 'instance',
  flowLogs: 'vpc-flow-log',
}

interface Tagged {
  readonly id: string
  readonly type: Sdk.ResourceType
  readonly tags: Sdk.Tag[]
}

const all = (ec2: Ec2State): Tagged[] => [
  ...(Object.keys(resourceTypes) as Kind[]).flatMap((kind) =>
    Object.entries(ec2[kind]).map(([id, { Tags }]) => ({ id, type: resourceTypes[kind], tags: Tags })),
  ),
  ...Object.values(ec2.securityGroups).flatMap(({ rules }) =>
    rules.map(({ SecurityGroupRuleId, Tags }) => ({
      id: SecurityGroupRuleId,
      type: 'security-group-rule' as const,
      tags: Tags,
    })),
  ),
]

/** The tags that a request gives to what it creates. */
export function tagsFor(type: Sdk.ResourceType, specifications: readonly Sdk.TagSpecification[] = []): Sdk.Tag[] {
  for (const { ResourceType } of specifications) {
    if (ResourceType === type) continue
    throw invalid(`'${ResourceType}' is not a valid taggable resource type for this operation.`)
  }
  return merged(
    [],
    specifications.flatMap(({ Tags = [] }) => Tags),
  )
}

/** Later tags take the place of earlier ones with the same key. */
export function merged(tags: readonly Sdk.Tag[], more: readonly Sdk.Tag[]): Sdk.Tag[] {
  const values = new Map([...tags, ...more].map(({ Key = '', Value = '' }) => [Key, Value]))
  return [...values].map(([Key, Value]) => ({ Key, Value }))
}

const paths: FilterPaths<Sdk.TagDescription> = {
  key: 'Key',
  value: 'Value',
  'resource-id': 'ResourceId',
  'resource-type': 'ResourceType',
}

export const tags = (world: World) => {
  const find = (region: string, ids: readonly string[] = []): Tagged[] => {
    const known = new Map(all(world.region(region).ec2).map((tagged) => [tagged.id, tagged]))
    return ids.map((id) => {
      const tagged = known.get(id)
      if (!tagged) throw new AwsError('InvalidID', `The ID '${id}' is not valid`)
      return tagged
    })
  }

  return {
    CreateTags: ({ Resources, Tags = [] }, call) => {
      for (const { tags } of find(call.region, Resources)) tags.splice(0, Infinity, ...merged(tags, Tags))
      return {}
    },

    /** Without tags all are deleted; a tag without a value is deleted whatever its value is. */
    DeleteTags: ({ Resources, Tags }, call) => {
      const doomed = ({ Key, Value }: Sdk.Tag) =>
        !Tags || Tags.some((tag) => tag.Key === Key && (tag.Value === undefined || tag.Value === Value))
      for (const { tags } of find(call.region, Resources)) {
        tags.splice(0, Infinity, ...tags.filter((tag) => !doomed(tag)))
      }
      return {}
    },

    DescribeTags: (input, call) => {
      const descriptions = all(world.region(call.region).ec2).flatMap(({ id, type, tags }) =>
        tags.map((tag) => ({ ...tag, ResourceId: id, ResourceType: type })),
      )
      const { items, next } = describe(descriptions, input, paths)
      return { Tags: items, ...next }
    },
  } satisfies Handlers<typeof Sdk>
}
