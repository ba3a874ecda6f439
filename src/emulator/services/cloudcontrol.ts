import type * as Sdk from '@aws-sdk/client-cloudcontrol'
import { liveStacks } from '../cloudformation/scope.ts'
import { AwsError } from '../errors.ts'
import { page } from '../page.ts'
import type { Handlers } from '../wire/handlers.ts'
import type { Call, World } from '../world.ts'

/** What stacks are made of, of any type: also of those that have no API of their own here. */
export const cloudcontrol = (world: World) => {
  const ofType = (type: string | undefined, call: Call) =>
    liveStacks(world, call)
      .flatMap(({ resources }) => Object.values(resources))
      .filter(({ physicalId, ...resource }) => resource.type === type && physicalId !== undefined)
      .map(({ physicalId, properties }) => ({ Identifier: physicalId, Properties: JSON.stringify(properties) }))
  return {
    ListResources: ({ TypeName, MaxResults = 100, NextToken }, call) => {
      const { items, next } = page(ofType(TypeName, call), MaxResults, NextToken)
      return { TypeName, ResourceDescriptions: items, ...(next !== undefined && { NextToken: next }) }
    },
    GetResource: ({ TypeName, Identifier }, call) => {
      const found = ofType(TypeName, call).find((one) => one.Identifier === Identifier)
      if (found) return { TypeName, ResourceDescription: found }
      const message = `Resource of type '${TypeName}' with identifier '${Identifier}' was not found.`
      throw new AwsError('ResourceNotFoundException', message)
    },
  } satisfies Handlers<typeof Sdk>
}
