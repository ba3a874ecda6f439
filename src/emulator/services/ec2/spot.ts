import { matches } from '../../faults/faults.ts'
import type { World } from '../../world.ts'
import { agentWarned } from '../ecs/agent.ts'
import { shutDown } from './instance-life.ts'
import type { Instance } from './state.ts'

/** Between the notice and the end (EC2 user guide, "Spot Instance interruption notices"). */
const NOTICE_SECONDS = 120

/** Interrupts Spot instances that run when it is ordered; for those that start later, see `interruptIfOrdered`. */
export function watchInterruptions(world: World): void {
  world.faults.onAdd(({ kind }) => {
    if (kind !== 'interrupt') return
    for (const [region, { ec2 }] of Object.entries(world.state.regions)) {
      for (const instance of Object.values(ec2.instances)) interruptIfOrdered(world, region, instance)
    }
  })
}

export function interruptIfOrdered(world: World, region: string, instance: Instance): void {
  if (instance.InstanceLifecycle !== 'spot' || instance.State.Name !== 'running') return
  const fault = world.faults.strike(
    'interrupt',
    (one) =>
      one.family === undefined &&
      matches(one.instance, instance.InstanceId) &&
      matches(one.instanceType, instance.InstanceType ?? '') &&
      matches(one.zone, instance.Placement.AvailabilityZone ?? ''),
  )
  if (!fault) return
  world.background(async (signal) => {
    await world.clock.sleep(fault.seconds * 1000, signal)
    agentWarned(world, region, instance.InstanceId)
    await world.clock.sleep(NOTICE_SECONDS * 1000, signal)
    if (instance.State.Name !== 'running') return
    shutDown(world, region, instance, 'Server.SpotInstanceTermination', 'Spot instance termination')
  })
}
