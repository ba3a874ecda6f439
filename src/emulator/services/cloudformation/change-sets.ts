import type * as Sdk from '@aws-sdk/client-cloudformation'
import { engineOf, inProgress } from '../../cloudformation/engine.ts'
import { invalidTemplate } from '../../cloudformation/errors.ts'
import { liveStacks } from '../../cloudformation/scope.ts'
import { parseTemplate } from '../../cloudformation/template.ts'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { parameterValues } from './describe.ts'
import { definitionOf, requireCapabilities, requireStack, stackNamed } from './request.ts'
import { newStack, plan, setToken, show, startUpdate } from './stacks.ts'
import type { ChangeSetState, StackState } from './state.ts'
import { withTemplate } from './template-source.ts'

/** How long AWS takes to work out the changes. */
const SECONDS = 3
const NO_CHANGES =
  "The submitted information didn't contain changes. Submit different information to create a change set."

export const changeSets = (world: World) => {
  const find = (call: Call, name: string | undefined, stackName: string | undefined) => {
    const stacks = stackName === undefined ? liveStacks(world, call) : [requireStack(world, call, stackName)]
    for (const stack of stacks) {
      const changeSet = Object.values(stack.changeSets).find((one) => one.name === name || one.id === name)
      if (changeSet) return { stack, changeSet }
    }
    throw new AwsError('ChangeSetNotFoundException', `ChangeSet [${name}] does not exist`)
  }

  /** The stack that the change set is for; a create begins one that holds nothing and waits for review. */
  const target = (input: Sdk.CreateChangeSetCommandInput, call: Call): StackState => {
    const name = input.StackName ?? ''
    const existing = stackNamed(world, call, name)
    const reviewed = existing?.status === 'REVIEW_IN_PROGRESS'
    if (input.ChangeSetType !== 'CREATE') {
      if (!existing || reviewed) throw invalidTemplate(`Stack [${name}] does not exist`)
      if (inProgress(existing) || /^(ROLLBACK|DELETE)|UPDATE_ROLLBACK_FAILED/.test(existing.status)) {
        throw invalidTemplate(`Stack:${existing.id} is in ${existing.status} state and can not be updated.`)
      }
      return existing
    }
    if (existing && !reviewed)
      throw invalidTemplate(
        `Stack [${name}] already exists and cannot be created again with the changeSet [${input.ChangeSetName}].`,
      )
    const definition = { templateBody: '', parameters: {}, tags: [] }
    return existing ?? newStack(world, call, name, definition)
  }

  const review = (call: Call, stack: StackState) => {
    show(world, call, stack)
    stack.events.push({
      id: world.random.uuid(),
      logicalId: stack.name,
      physicalId: stack.id,
      type: 'AWS::CloudFormation::Stack',
      status: 'REVIEW_IN_PROGRESS' as Sdk.ResourceStatus,
      reason: 'User Initiated',
      at: world.clock.now(),
    })
  }

  return {
    CreateChangeSet: async (input, call) => {
      const template = await withTemplate(world, call, input)
      const name = input.ChangeSetName ?? ''
      const current = stackNamed(world, call, input.StackName ?? '')
      const definition = definitionOf(world, call, template, input.ChangeSetType === 'CREATE' ? undefined : current)
      requireCapabilities(definition.templateBody, input.Capabilities ?? [])
      const stack = target(input, call)
      if (stack.changeSets[name])
        throw new AwsError(
          'AlreadyExistsException',
          `ChangeSet ${name} cannot be created due to a mismatch with existing attribute StackName`,
        )
      const { changes, any } = plan(world, call, stack, definition)
      if (stack.events.length === 0) review(call, stack)
      const sameTags = JSON.stringify(definition.tags) === JSON.stringify(stack.definition.tags)
      const changeSet: ChangeSetState = {
        id: arn(world, 'cloudformation', call.region, `changeSet/${name}/${world.random.uuid()}`),
        name,
        type: input.ChangeSetType ?? 'UPDATE',
        createdAt: world.clock.now(),
        definition,
        capabilities: input.Capabilities ?? [],
        changes,
        empty: !any && sameTags,
        status: 'CREATE_IN_PROGRESS',
        executionStatus: 'UNAVAILABLE',
        ...(input.Description !== undefined && { description: input.Description }),
      }
      stack.changeSets[name] = changeSet
      settleChangeSet(world, changeSet)
      return { Id: changeSet.id, StackId: stack.id }
    },

    DescribeChangeSet: ({ ChangeSetName, StackName }, call) => {
      const { stack, changeSet } = find(call, ChangeSetName, StackName)
      return {
        ...summary(stack, changeSet),
        Changes: [...changeSet.changes],
        Capabilities: [...changeSet.capabilities],
        Tags: [...changeSet.definition.tags],
        Parameters: parameterValues(parseTemplate(changeSet.definition.templateBody), changeSet.definition),
      }
    },

    ListChangeSets: ({ StackName }, call) => {
      const stack = requireStack(world, call, StackName)
      return { Summaries: Object.values(stack.changeSets).map((changeSet) => summary(stack, changeSet)) }
    },

    ExecuteChangeSet: (input, call) => {
      const { stack, changeSet } = find(call, input.ChangeSetName, input.StackName)
      if (changeSet.executionStatus !== 'AVAILABLE') {
        throw new AwsError(
          'InvalidChangeSetStatus',
          `ChangeSet [${changeSet.id}] cannot be executed in its current status of [${changeSet.status}]`,
        )
      }
      if (inProgress(stack)) {
        throw invalidTemplate(`Stack:${stack.id} is in ${stack.status} state and can not be updated.`)
      }
      setToken(stack, input.ClientRequestToken)
      stack.disableRollback = input.DisableRollback ?? false
      stack.capabilities = changeSet.capabilities
      for (const name of Object.keys(stack.changeSets)) delete stack.changeSets[name]
      if (changeSet.type === 'CREATE') {
        stack.definition = changeSet.definition
        engineOf(world).start(call, stack, 'CREATE_IN_PROGRESS', 'User Initiated')
      } else startUpdate(world, call, stack, changeSet.definition)
      return {}
    },

    DeleteChangeSet: ({ ChangeSetName, StackName }, call) => {
      const { stack, changeSet } = find(call, ChangeSetName, StackName)
      delete stack.changeSets[changeSet.name]
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}

/** Ends the creation of a change set when AWS would. */
export function settleChangeSet(world: World, changeSet: ChangeSetState): void {
  if (changeSet.status !== 'CREATE_IN_PROGRESS') return
  world.background(async (signal) => {
    await world.clock.sleep(SECONDS * 1000, signal)
    if (changeSet.empty) Object.assign(changeSet, { status: 'FAILED', statusReason: NO_CHANGES })
    else Object.assign(changeSet, { status: 'CREATE_COMPLETE', executionStatus: 'AVAILABLE' })
  })
}

const summary = (stack: StackState, changeSet: ChangeSetState) => ({
  ChangeSetId: changeSet.id,
  ChangeSetName: changeSet.name,
  StackId: stack.id,
  StackName: stack.name,
  CreationTime: changeSet.createdAt,
  Status: changeSet.status,
  ExecutionStatus: changeSet.executionStatus,
  ...(changeSet.description !== undefined && { Description: changeSet.description }),
  ...(changeSet.statusReason !== undefined && { StatusReason: changeSet.statusReason }),
})
