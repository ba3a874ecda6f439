import type * as Sdk from '@aws-sdk/client-auto-scaling'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { findGroup, listing } from './find.ts'
import { stateOf } from './state.ts'

/** Tags as a group has them. Later ones take the place of earlier ones with the same key. */
export function groupTags(group: string, tags: readonly Sdk.Tag[] = []): Sdk.TagDescription[] {
  const byKey = new Map(tags.map((tag) => [tag.Key, tag]))
  return [...byKey.values()].map(({ Key, Value = '', PropagateAtLaunch = true }) => ({
    ResourceId: group,
    ResourceType: 'auto-scaling-group',
    Key,
    Value,
    PropagateAtLaunch,
  }))
}

const MEMBERS: Record<string, keyof Sdk.TagDescription> = {
  'auto-scaling-group': 'ResourceId',
  key: 'Key',
  value: 'Value',
  'propagate-at-launch': 'PropagateAtLaunch',
}

export const tags = (world: World) =>
  ({
    CreateOrUpdateTags: ({ Tags = [] }, call) => {
      for (const tag of Tags) {
        const group = findGroup(stateOf(world, call), tag.ResourceId)
        const others = group.Tags.filter(({ Key }) => Key !== tag.Key)
        group.Tags = [...others, ...groupTags(group.AutoScalingGroupName, [tag])]
      }
      return {}
    },

    DeleteTags: ({ Tags = [] }, call) => {
      for (const tag of Tags) {
        const group = findGroup(stateOf(world, call), tag.ResourceId)
        group.Tags = group.Tags.filter(({ Key }) => Key !== tag.Key)
      }
      return {}
    },

    DescribeTags: ({ Filters = [], ...paging }, call) => {
      const all = Object.values(stateOf(world, call).groups).flatMap(({ Tags }) => Tags)
      const wanted = all.filter((tag) =>
        Filters.every(({ Name = '', Values = [] }) => {
          const member = MEMBERS[Name]
          if (member) return Values.includes(String(tag[member]))
          throw new AwsError('ValidationError', `Invalid filter type ${Name}`)
        }),
      )
      const { items, end } = listing(wanted, paging)
      return { Tags: items, ...end }
    },
  }) satisfies Handlers<typeof Sdk>
