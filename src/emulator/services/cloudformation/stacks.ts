import type * as Sdk from '@aws-sdk/client-cloudformation'
import { plannedChanges } from '../../cloudformation/changes.ts'
import { engineOf } from '../../cloudformation/engine.ts'
import { invalidTemplate } from '../../cloudformation/errors.ts'
import { skipRollback, UPDATE_CANCELLED } from '../../cloudformation/update.ts'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { definitionOf, requireCapabilities, requireStack, requireStatus, stackNamed } from './request.ts'
import type { StackDefinition, StackState } from './state.ts'
import { withTemplate } from './template-source.ts'

const UPDATABLE = /^(CREATE|UPDATE|UPDATE_ROLLBACK|IMPORT|IMPORT_ROLLBACK)_COMPLETE$|^(CREATE|UPDATE)_FAILED$/

/** A stack that holds nothing yet, and that nobody sees before it is `shown`. */
export function newStack(world: World, call: Call, name: string, definition: StackDefinition): StackState {
  if (!/^[A-Za-z][A-Za-z0-9-]{0,127}$/.test(name)) {
    throw invalidTemplate(
      `1 validation error detected: Value '${name}' at 'stackName' failed to satisfy constraint: Member must satisfy regular expression pattern: [a-zA-Z][-a-zA-Z0-9]*`,
    )
  }
  return {
    id: arn(world, 'cloudformation', call.region, `stack/${name}/${world.random.uuid()}`),
    name,
    status: 'REVIEW_IN_PROGRESS',
    createdAt: world.clock.now(),
    definition,
    capabilities: [],
    outputs: [],
    imports: [],
    resources: {},
    discarded: [],
    events: [],
    changeSets: {},
    disableRollback: false,
    onFailure: 'ROLLBACK',
    terminationProtection: false,
    notificationArns: [],
    retain: [],
  }
}

export function show(world: World, call: Call, stack: StackState): void {
  world.region(call.region).cloudformation.stacks[stack.id] = stack
}

/** What an operation to the definition would change. Throws what is wrong with the values of the template. */
export const plan = (world: World, call: Call, stack: StackState, definition: StackDefinition) =>
  plannedChanges({ world, call, stack, signal: new AbortController().signal }, definition)

/** Starts an update; the rollback's way back is remembered. */
export function startUpdate(world: World, call: Call, stack: StackState, definition: StackDefinition): void {
  stack.previous ??= stack.definition
  // An update that goes on from a failed one finds things as that one left them.
  for (const resource of Object.values(stack.resources)) delete resource.from
  for (const changeSet of Object.values(stack.changeSets)) changeSet.executionStatus = 'OBSOLETE'
  stack.definition = definition
  stack.updatedAt = world.clock.now()
  engineOf(world).start(call, stack, 'UPDATE_IN_PROGRESS', 'User Initiated')
}

export const stacks = (world: World) =>
  ({
    CreateStack: async (input, call) => {
      const template = await withTemplate(world, call, input)
      const name = input.StackName ?? ''
      const existing = stackNamed(world, call, name)
      if (existing && input.ClientRequestToken !== undefined && existing.token === input.ClientRequestToken) {
        return { StackId: existing.id }
      }
      if (existing) throw new AwsError('AlreadyExistsException', `Stack [${name}] already exists`)
      const definition = definitionOf(world, call, template)
      requireCapabilities(definition.templateBody, input.Capabilities ?? [])
      const stack = newStack(world, call, name, definition)
      plan(world, call, stack, definition)
      show(world, call, stack)
      Object.assign(stack, {
        capabilities: input.Capabilities ?? [],
        disableRollback: input.DisableRollback ?? input.DeploymentConfig?.DisableRollback ?? false,
        express: isExpress(input),
        onFailure: input.OnFailure ?? 'ROLLBACK',
        terminationProtection: input.EnableTerminationProtection ?? false,
        notificationArns: input.NotificationARNs ?? [],
        ...(input.TimeoutInMinutes !== undefined && { timeoutMinutes: input.TimeoutInMinutes }),
        ...(input.RoleARN !== undefined && { roleArn: input.RoleARN }),
        ...(input.ClientRequestToken !== undefined && { token: input.ClientRequestToken }),
      })
      engineOf(world).start(call, stack, 'CREATE_IN_PROGRESS', 'User Initiated')
      return { StackId: stack.id }
    },

    UpdateStack: async (input, call) => {
      const template = await withTemplate(world, call, input)
      const stack = requireStack(world, call, input.StackName)
      if (input.ClientRequestToken !== undefined && stack.token === input.ClientRequestToken)
        return { StackId: stack.id }
      requireStatus(stack, UPDATABLE, 'updated')
      const definition = definitionOf(world, call, template, stack)
      requireCapabilities(definition.templateBody, input.Capabilities ?? [])
      const { any } = plan(world, call, stack, definition)
      const sameTags = JSON.stringify(definition.tags) === JSON.stringify(stack.definition.tags)
      if (!any && sameTags) throw invalidTemplate('No updates are to be performed.')
      setToken(stack, input.ClientRequestToken)
      stack.capabilities = input.Capabilities ?? []
      stack.disableRollback = input.DisableRollback ?? input.DeploymentConfig?.DisableRollback ?? false
      stack.express = isExpress(input)
      startUpdate(world, call, stack, definition)
      return { StackId: stack.id }
    },

    DeleteStack: (input, call) => {
      const stack = stackNamed(world, call, input.StackName ?? '') ?? stackById(world, call, input.StackName)
      if (!stack || stack.status === 'DELETE_COMPLETE' || stack.status === 'DELETE_IN_PROGRESS') return {}
      if (stack.terminationProtection) {
        throw invalidTemplate(`Stack [${stack.name}] cannot be deleted while TerminationProtection is enabled`)
      }
      if (/^UPDATE_.*IN_PROGRESS$/.test(stack.status)) {
        throw invalidTemplate(`Stack [${stack.name}] cannot be deleted while in status ${stack.status}`)
      }
      const retain = input.RetainResources ?? []
      const picky = retain.length > 0 || input.DeletionMode === 'FORCE_DELETE_STACK'
      if (picky && stack.status !== 'DELETE_FAILED') {
        throw invalidTemplate(
          `Invalid operation on stack [${stack.id}]. When you delete a stack, specify which resources to retain only when the stack is in the DELETE_FAILED state.`,
        )
      }
      stack.retain = retain
      stack.forced = input.DeletionMode === 'FORCE_DELETE_STACK'
      stack.undeleted = stack.status
      setToken(stack, input.ClientRequestToken)
      engineOf(world).start(call, stack, 'DELETE_IN_PROGRESS', 'User Initiated')
      return {}
    },

    CancelUpdateStack: ({ StackName, ClientRequestToken }, call) => {
      const stack = requireStack(world, call, StackName)
      if (stack.status !== 'UPDATE_IN_PROGRESS') {
        throw invalidTemplate(`CancelUpdateStack cannot be called from current stack status`)
      }
      setToken(stack, ClientRequestToken)
      engineOf(world).start(call, stack, 'UPDATE_ROLLBACK_IN_PROGRESS', 'User Initiated')
      return {}
    },

    ContinueUpdateRollback: ({ StackName, ResourcesToSkip = [], ClientRequestToken }, call) => {
      const stack = requireStack(world, call, StackName)
      requireStatus(stack, /^UPDATE_ROLLBACK_FAILED$/, 'rolled back')
      const skipped = ResourcesToSkip.map((id) => {
        const resource = stack.resources[id]
        if (resource?.status === 'UPDATE_FAILED' && resource.reason !== UPDATE_CANCELLED) return resource
        throw invalidTemplate(`Resource [${id}] cannot be skipped: its own rollback did not fail.`)
      })
      setToken(stack, ClientRequestToken)
      for (const resource of skipped)
        skipRollback({ world, call, stack, signal: new AbortController().signal }, resource)
      engineOf(world).start(call, stack, 'UPDATE_ROLLBACK_IN_PROGRESS', 'User Initiated')
      return {}
    },

    RollbackStack: ({ StackName, ClientRequestToken }, call) => {
      const stack = requireStack(world, call, StackName)
      requireStatus(stack, /^(CREATE|UPDATE)_FAILED$/, 'rolled back')
      setToken(stack, ClientRequestToken)
      const status = stack.status === 'CREATE_FAILED' ? 'ROLLBACK_IN_PROGRESS' : 'UPDATE_ROLLBACK_IN_PROGRESS'
      engineOf(world).start(call, stack, status, 'User Initiated')
      return { StackId: stack.id }
    },

    UpdateTerminationProtection: ({ StackName, EnableTerminationProtection = false }, call) => {
      const stack = requireStack(world, call, StackName)
      stack.terminationProtection = EnableTerminationProtection
      return { StackId: stack.id }
    },

    ListStacks: ({ StackStatusFilter = [] }, call) => ({
      StackSummaries: Object.values(world.region(call.region).cloudformation.stacks)
        .filter(({ status }) => StackStatusFilter.length === 0 || StackStatusFilter.includes(status))
        .map((stack) => ({
          StackId: stack.id,
          StackName: stack.name,
          CreationTime: stack.createdAt,
          StackStatus: stack.status,
          ...(stack.updatedAt && { LastUpdatedTime: stack.updatedAt }),
          ...(stack.deletedAt && { DeletionTime: stack.deletedAt }),
          ...(stack.statusReason !== undefined && { StackStatusReason: stack.statusReason }),
        })),
    }),
  }) satisfies Handlers<typeof Sdk>

const isExpress = ({ DeploymentConfig }: Pick<Sdk.CreateStackCommandInput, 'DeploymentConfig'>): boolean =>
  DeploymentConfig?.Mode === 'EXPRESS'

const stackById = (world: World, call: Call, id = ''): StackState | undefined =>
  world.region(call.region).cloudformation.stacks[id]

export function setToken(stack: StackState, token: string | undefined): void {
  if (token === undefined) delete stack.token
  else stack.token = token
}
