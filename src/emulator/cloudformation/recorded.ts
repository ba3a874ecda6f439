import type { ResourceType } from '../resources/resource.ts'

/**
 * A type that the schema knows but no service here acts on: its properties are validated and kept by the stack, and
 * its attributes are made up from the physical id.
 */
export const recordedType: ResourceType = {
  create: (_properties, context) => context.name(),
  update: () => {},
  delete: () => {},
  attributes: (id, { world, call, logicalId }) => ({
    Arn: `arn:aws:recorded:${call.region}:${world.account}:${logicalId}/${id}`,
  }),
}
