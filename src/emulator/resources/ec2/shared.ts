import type { ResourceType, TagSpecification } from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import { tagChanges } from '../../tags.ts'
import type { ResourceContext } from '../resource.ts'

export const api = ({ world }: ResourceContext) => world.services.ec2

/** The tags of a resource as the API takes them at its creation. */
export const tagged = (context: ResourceContext, ResourceType: ResourceType, own: unknown): TagSpecification[] => [
  { ResourceType, Tags: context.tags(own) },
]

/** Makes the tags of a resource those of its template. */
export function retag(id: string, own: unknown, context: ResourceContext): void {
  const filter = { Filters: [{ Name: 'resource-id', Values: [id] }] }
  const { set, remove } = tagChanges(api(context).DescribeTags(filter, context.call).Tags, context.tags(own))
  if (set.length > 0) api(context).CreateTags({ Resources: [id], Tags: set }, context.call)
  if (remove.length > 0) {
    const Tags = remove.map((Key) => ({ Key }))
    api(context).DeleteTags({ Resources: [id], Tags }, context.call)
  }
}

const SECONDS_BETWEEN_TRIES = 10
const SECONDS_OF_TRYING = 900

/** Deletes what other resources may still depend on: CloudFormation tries again while they go. */
export async function whenFree(context: ResourceContext, remove: () => unknown): Promise<void> {
  for (let waited = 0; ; waited += SECONDS_BETWEEN_TRIES) {
    try {
      await remove()
      return
    } catch (error) {
      const { code } = error as AwsError
      if (code.endsWith('.NotFound')) return
      if (code !== 'DependencyViolation' || waited >= SECONDS_OF_TRYING) throw error
    }
    await context.world.clock.sleep(SECONDS_BETWEEN_TRIES * 1000, context.signal)
  }
}

export const notStabilized = (message: string): AwsError => new AwsError('NotStabilized', message)

export const changed = (before: unknown, after: unknown): boolean => JSON.stringify(before) !== JSON.stringify(after)

/** What is in one list and not in the other. */
export const without = <Item>(items: readonly Item[] = [], others: readonly Item[] = []): Item[] =>
  items.filter((item) => !others.some((other) => !changed(item, other)))
