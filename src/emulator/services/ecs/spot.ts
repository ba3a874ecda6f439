import { matches } from '../../faults/faults.ts'
import type { World } from '../../world.ts'
import { ecsOf } from './find.ts'
import type { TaskState } from './state.ts'
import { stopTask } from './stop-task.ts'

/** Interrupts Fargate Spot tasks that run when it is ordered; for those that start later, see `interruptIfOrdered`. */
export function watchInterruptions(world: World): void {
  world.faults.onAdd(({ kind }) => {
    if (kind !== 'interrupt') return
    for (const region of Object.keys(world.state.regions)) {
      for (const task of Object.values(ecsOf(world, region).tasks)) interruptIfOrdered(world, region, task)
    }
  })
}

/** The warning comes with SIGTERM, so that the task ends as soon as its containers let it: two minutes at most. */
export function interruptIfOrdered(world: World, region: string, task: TaskState): void {
  if (task.capacityProvider !== 'FARGATE_SPOT' || task.lastStatus !== 'RUNNING') return
  const { subnets } = world.region(region).ec2
  const fault = world.faults.strike(
    'interrupt',
    ({ instance, instanceType, family, zone }) =>
      instance === undefined &&
      instanceType === undefined &&
      matches(family, ecsOf(world, region).taskDefinitions[task.definitionArn]?.family ?? '') &&
      matches(zone, subnets[task.networkInterface?.subnetId ?? '']?.AvailabilityZone ?? ''),
  )
  if (!fault) return
  world.background(async (signal) => {
    await world.clock.sleep(fault.seconds * 1000, signal)
    stopTask(world, task, 'SpotInterruption', 'Your Spot Task was interrupted.')
  })
}
