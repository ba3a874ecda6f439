import type * as Sdk from '@aws-sdk/client-auto-scaling'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { findGroup, validationError } from './find.ts'
import { complete } from './lifecycle.ts'
import { type LifecycleHook, stateOf } from './state.ts'

const HEARTBEAT_SECONDS = 3600
/** Whatever the heartbeats: 48 hours, or 100 heartbeat time-outs if these are shorter. */
const GLOBAL_SECONDS = 172_800
const HEARTBEATS = 100

export function newHook(input: Sdk.PutLifecycleHookType, before?: LifecycleHook): LifecycleHook {
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined))
  const { LifecycleTransition = before?.LifecycleTransition } = input
  if (LifecycleTransition === undefined) {
    throw validationError('LifecycleTransition is required when creating a new lifecycle hook')
  }
  const HeartbeatTimeout = input.HeartbeatTimeout ?? before?.HeartbeatTimeout ?? HEARTBEAT_SECONDS
  return {
    DefaultResult: 'ABANDON',
    ...before,
    ...given,
    LifecycleHookName: input.LifecycleHookName ?? '',
    AutoScalingGroupName: input.AutoScalingGroupName ?? '',
    LifecycleTransition,
    HeartbeatTimeout,
    GlobalTimeout: Math.min(GLOBAL_SECONDS, HeartbeatTimeout * HEARTBEATS),
  }
}

interface ActionInput {
  readonly AutoScalingGroupName?: string | undefined
  readonly LifecycleHookName?: string | undefined
  readonly LifecycleActionToken?: string | undefined
  readonly InstanceId?: string | undefined
}

export const lifecycleHooks = (world: World) => {
  const group = (call: Call, name: string | undefined) => findGroup(stateOf(world, call), name)

  const activeAction = (input: ActionInput, call: Call) => {
    const { AutoScalingGroupName, LifecycleHookName, LifecycleActionToken: token, InstanceId } = input
    const of = group(call, AutoScalingGroupName)
    const found = of.members
      .filter((member) => InstanceId === undefined || member.InstanceId === InstanceId)
      .flatMap((member) => member.actions.map((action) => ({ group: of, member, action })))
      .find(({ action }) => action.hook === LifecycleHookName && (token === undefined || action.token === token))
    if (found) return found
    const by = token === undefined ? `instance ID ${InstanceId}` : `token ${token}`
    throw validationError(`No active Lifecycle Action found with ${by}`)
  }

  return {
    PutLifecycleHook: (input, call) => {
      const { hooks } = group(call, input.AutoScalingGroupName)
      const name = input.LifecycleHookName ?? ''
      hooks[name] = newHook(input, hooks[name])
      return {}
    },

    DescribeLifecycleHooks: ({ AutoScalingGroupName, LifecycleHookNames = [] }, call) => ({
      LifecycleHooks: Object.values(group(call, AutoScalingGroupName).hooks).filter(
        ({ LifecycleHookName }) => LifecycleHookNames.length === 0 || LifecycleHookNames.includes(LifecycleHookName),
      ),
    }),

    /** Actions that wait for the hook are completed: a launch is abandoned, a termination goes on. */
    DeleteLifecycleHook: ({ AutoScalingGroupName, LifecycleHookName = '' }, call) => {
      const of = group(call, AutoScalingGroupName)
      delete of.hooks[LifecycleHookName]
      for (const member of of.members) {
        const result = member.LifecycleState.startsWith('Pending') ? 'ABANDON' : 'CONTINUE'
        const action = member.actions.find(({ hook }) => hook === LifecycleHookName)
        if (action) complete(world, call.region, of, member, action, result)
      }
      return {}
    },

    CompleteLifecycleAction: (input, call) => {
      const { group, member, action } = activeAction(input, call)
      complete(world, call.region, group, member, action, input.LifecycleActionResult ?? 'CONTINUE')
      return {}
    },

    RecordLifecycleActionHeartbeat: (input, call) => {
      const { group, action } = activeAction(input, call)
      action.secondsLeft = group.hooks[action.hook]?.HeartbeatTimeout ?? HEARTBEAT_SECONDS
      return {}
    },
  } satisfies Handlers<typeof Sdk>
}
