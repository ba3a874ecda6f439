import { logsResources } from './logs.ts'
import type { ResourceType } from './resource.ts'

/** Every resource type that the embedded AWS acts on, by its CloudFormation name. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  ...logsResources,
}
