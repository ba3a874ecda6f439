import { engineOf } from '../../cloudformation/engine.ts'
import { matches } from '../../faults/faults.ts'
import type { World } from '../../world.ts'
import { changeSets, settleChangeSet } from './change-sets.ts'
import { describe } from './describe.ts'
import { setToken, stacks, startUpdate } from './stacks.ts'

export const cloudformation = (world: World) => ({ ...stacks(world), ...changeSets(world), ...describe(world) })

/** Carries on with stacks and change sets that were in progress when the state was saved. */
export function resumeCloudFormation(world: World): void {
  watchStuck(world)
  engineOf(world).resume()
  for (const { cloudformation } of Object.values(world.state.regions)) {
    for (const { changeSets } of Object.values(cloudformation.stacks)) {
      for (const changeSet of Object.values(changeSets)) settleChangeSet(world, changeSet)
    }
  }
}

/** Where nothing is in progress that could be stuck, somebody else starts an update that changes nothing. */
function watchStuck(world: World): void {
  world.faults.onAdd((fault) => {
    if (fault.kind !== 'stuck' || !matches(fault.status, 'UPDATE_IN_PROGRESS')) return
    for (const [region, { cloudformation }] of Object.entries(world.state.regions)) {
      for (const stack of Object.values(cloudformation.stacks)) {
        if (!matches(fault.stack, stack.name) || !/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(stack.status))
          continue
        setToken(stack, world.random.uuid())
        startUpdate(world, { region, requestId: world.random.uuid() }, stack, stack.definition)
      }
    }
  })
}
