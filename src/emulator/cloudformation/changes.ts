import type { Change, Replacement, ResourceChange, ResourceChangeDetail } from '@aws-sdk/client-cloudformation'
import type { PhysicalResource, StackDefinition } from '../services/cloudformation/state.ts'
import { condition, KnownLater, LATER, resolve } from './intrinsics.ts'
import { type Operation, typeOf } from './operation.ts'
import { changedProperties, checkProperties, schemaOf } from './schema.ts'
import { evaluation, lookupIn, outputsOf } from './scope.ts'
import type { Fields, ResourceDeclaration } from './template.ts'
import { isReplaced } from './update.ts'

export interface PlannedChanges {
  readonly changes: readonly Change[]
  /** Whether anything at all would be different, outputs included. */
  readonly any: boolean
}

/** What an operation to the definition would do to each resource, found without doing it. */
export function plannedChanges(operation: Operation, definition: StackDefinition): PlannedChanges {
  const { stack } = operation
  const planned = new Map<string, ResourceChange | undefined>()
  const now = lookupIn(operation, knownLater)
  const { template, scope, needs } = evaluation(operation, definition, {
    ...now,
    ref: (id) => (isRemade(plan(id)) ? knownLater() : now.ref(id)),
    attribute: (id, name) => (plan(id) ? knownLater() : now.attribute(id, name)),
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
    const resolved = resolve(declaration.Properties ?? {}, scope) as Fields
    if (existing?.physicalId === undefined || existing.status === 'CREATE_FAILED') {
      return { Action: 'Add', ...about, Scope: [], Details: [] }
    }
    const { properties } = checkProperties(declaration.Type, resolved)
    const before = { ...existing, physicalId: existing.physicalId }
    const details = [
      ...changedProperties(before.properties, properties).map((name) =>
        propertyDetail(declaration.Type, name, properties),
      ),
      ...policyDetails(before, declaration),
    ]
    const sameType = declaration.Type === before.type
    if (sameType && details.length === 0 && existing.status !== 'UPDATE_FAILED') return undefined
    const never = sameType && !isReplaced(before, declaration.Type, properties)
    return {
      Action: 'Modify',
      ...about,
      PhysicalResourceId: before.physicalId,
      Replacement: never ? 'False' : sameType && typeOf(declaration.Type).update ? replacement(details) : 'True',
      Scope: [...new Set(details.flatMap(({ Target }) => Target?.Attribute ?? []))],
      Details: details,
    }
  }

  for (const name of Object.keys(template.Conditions)) condition(name, scope)
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
  const outputs = JSON.stringify(outputsOf({ template, scope, needs }))
  return { changes, any: changes.length > 0 || outputs !== JSON.stringify(stack.outputs) }
}

/** One for all: an error made for each reference would take longer than the plan. */
const KNOWN_LATER = new KnownLater()

const knownLater = (): never => {
  throw KNOWN_LATER
}

const isRemade = (change: ResourceChange | undefined): boolean =>
  change?.Action === 'Add' || (change?.Replacement !== undefined && change.Replacement !== 'False')

/** Certain only where the new value is. */
const replacement = (details: readonly ResourceChangeDetail[]): Replacement =>
  details.some(({ Target, Evaluation }) => Target?.RequiresRecreation === 'Always' && Evaluation === 'Static')
    ? 'True'
    : 'Conditional'

function propertyDetail(type: string, Name: string, properties: Fields): ResourceChangeDetail {
  const replaces = schemaOf(type)?.properties[Name]?.replaces
  const RequiresRecreation = replaces === 'yes' ? 'Always' : replaces === 'maybe' ? 'Conditionally' : 'Never'
  return {
    Target: { Attribute: 'Properties', Name, RequiresRecreation },
    Evaluation: JSON.stringify(properties[Name])?.includes(LATER) ? 'Dynamic' : 'Static',
    ChangeSource: 'DirectModification',
  }
}

function policyDetails(before: PhysicalResource, declaration: ResourceDeclaration): ResourceChangeDetail[] {
  const changed = [
    { Attribute: 'DeletionPolicy', from: before.deletionPolicy, to: declaration.DeletionPolicy },
    { Attribute: 'UpdateReplacePolicy', from: before.updateReplacePolicy, to: declaration.UpdateReplacePolicy },
  ] as const
  return changed
    .filter(({ from, to = 'Delete' }) => from !== to)
    .map(({ Attribute }) => ({
      Target: { Attribute, RequiresRecreation: 'Never' },
      Evaluation: 'Static',
      ChangeSource: 'DirectModification',
    }))
}
