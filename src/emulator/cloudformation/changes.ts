import type { Change, ResourceChange } from '@aws-sdk/client-cloudformation'
import type { StackDefinition } from '../services/cloudformation/state.ts'
import { resolve } from './intrinsics.ts'
import { type Operation, typeOf } from './operation.ts'
import { changedProperties, checkProperties, needsReplacement, schemaOf } from './schema.ts'
import { evaluation, lookupIn, outputsOf } from './scope.ts'
import type { Fields, ResourceDeclaration } from './template.ts'

/** What stands in a change set for a value that only the operation itself will show. */
const LATER = '{{changeSet:KNOWN_AFTER_APPLY}}'

export interface PlannedChanges {
  readonly changes: readonly Change[]
  /** Whether anything at all would be different, outputs included. */
  readonly any: boolean
}

/** What an operation to the definition would do to each resource, found without doing it. */
export function plannedChanges(operation: Operation, definition: StackDefinition): PlannedChanges {
  const { stack } = operation
  const planned = new Map<string, ResourceChange | undefined>()
  const now = lookupIn(operation)
  const { template, scope, needs } = evaluation(operation, definition, {
    ref: (id) => (isRemade(plan(id)) ? LATER : now.ref(id)),
    attribute: (id, name) => (plan(id) ? laterLike(id, name) : now.attribute(id, name)),
  })

  function plan(id: string): ResourceChange | undefined {
    if (planned.has(id)) return planned.get(id)
    planned.set(id, undefined)
    const declaration = template.Resources[id]
    const change = declaration && needs.has(id) ? compare(id, declaration) : undefined
    planned.set(id, change)
    return change
  }

  function compare(id: string, declaration: ResourceDeclaration): ResourceChange | undefined {
    const existing = stack.resources[id]
    const about = { LogicalResourceId: id, ResourceType: declaration.Type }
    if (existing?.physicalId === undefined) return { Action: 'Add', ...about, Scope: [], Details: [] }
    const { properties } = checkProperties(declaration.Type, resolve(declaration.Properties ?? {}, scope) as Fields)
    const changed = changedProperties(existing.properties, properties)
    if (declaration.Type === existing.type && changed.length === 0) return undefined
    const replace =
      declaration.Type !== existing.type ||
      !typeOf(declaration.Type).update ||
      needsReplacement(declaration.Type, existing.properties, properties)
    return {
      Action: 'Modify',
      ...about,
      PhysicalResourceId: existing.physicalId,
      Replacement: replace ? 'True' : 'False',
      Scope: ['Properties'],
      Details: changed.map((Name) => ({
        Target: { Attribute: 'Properties', Name, RequiresRecreation: recreation(declaration.Type, Name) },
        Evaluation: JSON.stringify(properties[Name])?.includes(LATER) ? 'Dynamic' : 'Static',
        ChangeSource: 'DirectModification',
      })),
    }
  }

  /** A list stays one, so that functions over it still work. */
  function laterLike(id: string, name: string): unknown {
    const exists = stack.resources[id]?.physicalId !== undefined
    return exists && Array.isArray(now.attribute(id, name)) ? [LATER] : LATER
  }

  for (const id of needs.keys()) plan(id)
  const removed = Object.values(stack.resources)
    .filter(({ logicalId, physicalId }) => physicalId !== undefined && !needs.has(logicalId))
    .map(({ logicalId, physicalId = '', type }) => ({
      Action: 'Remove' as const,
      LogicalResourceId: logicalId,
      PhysicalResourceId: physicalId,
      ResourceType: type,
      Scope: [],
      Details: [],
    }))
  const changes = [...planned.values(), ...removed].flatMap((change) =>
    change ? [{ Type: 'Resource' as const, ResourceChange: change }] : [],
  )
  const outputs = JSON.stringify(outputsOf(operation, { template, scope, needs, imports: new Set() }))
  return { changes, any: changes.length > 0 || outputs !== JSON.stringify(stack.outputs) }
}

const isRemade = (change: ResourceChange | undefined): boolean =>
  change?.Action === 'Add' || change?.Replacement === 'True'

function recreation(type: string, property: string): 'Always' | 'Conditionally' | 'Never' {
  const replaces = schemaOf(type)?.properties[property]?.replaces
  return replaces === 'yes' ? 'Always' : replaces === 'maybe' ? 'Conditionally' : 'Never'
}
