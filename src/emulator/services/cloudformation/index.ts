import { engineOf } from '../../cloudformation/engine.ts'
import type { World } from '../../world.ts'
import { changeSets, settleChangeSet } from './change-sets.ts'
import { describe } from './describe.ts'
import { stacks } from './stacks.ts'

export const cloudformation = (world: World) => ({ ...stacks(world), ...changeSets(world), ...describe(world) })

/** Carries on with stacks and change sets that were in progress when the state was saved. */
export function resumeCloudFormation(world: World): void {
  engineOf(world).resume()
  for (const { cloudformation } of Object.values(world.state.regions)) {
    for (const { changeSets } of Object.values(cloudformation.stacks)) {
      for (const changeSet of Object.values(changeSets)) settleChangeSet(world, changeSet)
    }
  }
}
