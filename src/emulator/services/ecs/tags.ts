import type * as Sdk from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { ecsOf } from './find.ts'

/** Account settings as a new account has them. */
const SETTINGS: readonly Sdk.Setting[] = [
  { name: 'awsvpcTrunking', value: 'disabled' },
  { name: 'containerInsights', value: 'disabled' },
  { name: 'containerInstanceLongArnFormat', value: 'enabled' },
  { name: 'defaultLogDriverMode', value: 'non-blocking' },
  { name: 'serviceLongArnFormat', value: 'enabled' },
  { name: 'tagResourceAuthorization', value: 'off' },
  { name: 'taskLongArnFormat', value: 'enabled' },
]

export const tags = (world: World) => {
  const tagged = (call: Call, arn = ''): { tags: Sdk.Tag[] } => {
    const ecs = ecsOf(world, call.region)
    const found = [
      ecs.clusters,
      ecs.services,
      ecs.tasks,
      ecs.taskDefinitions,
      ecs.capacityProviders,
      ecs.containerInstances,
    ]
      .map((all): { tags: Sdk.Tag[] } | undefined => all[arn])
      .find((one) => one !== undefined)
    if (found) return found
    throw new AwsError('ResourceNotFoundException', 'The specified resource was not found.')
  }
  return {
    TagResource: ({ resourceArn, tags: added = [] }, call) => {
      const resource = tagged(call, resourceArn)
      const keys = added.map(({ key }) => key)
      resource.tags = [...resource.tags.filter(({ key }) => !keys.includes(key)), ...added]
      return {}
    },
    UntagResource: ({ resourceArn, tagKeys = [] }, call) => {
      const resource = tagged(call, resourceArn)
      resource.tags = resource.tags.filter(({ key = '' }) => !tagKeys.includes(key))
      return {}
    },
    ListTagsForResource: ({ resourceArn }, call) => ({ tags: tagged(call, resourceArn).tags }),
    ListAccountSettings: ({ name }) => ({
      settings: SETTINGS.filter((setting) => name === undefined || setting.name === name),
    }),
  } satisfies Handlers<typeof Sdk>
}
