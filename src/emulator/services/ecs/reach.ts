import type { Responder } from '../../runtime/runtime.ts'
import type { World } from '../../world.ts'
import { ecsOf } from './find.ts'

/** Where a load balancer finds a target on this machine: a loopback port, or the answers of a simulated container. */
export type Reachable = { readonly port: number } | { readonly respond: Responder }

/** Resolves a target (a task's private address or an instance id, and a port) to what really listens. */
export function reach(world: World, region: string, id: string, port: number): Reachable | undefined {
  const { tasks, containerInstances } = ecsOf(world, region)
  for (const task of Object.values(tasks)) {
    if (task.lastStatus === 'STOPPED') continue
    const byAddress = task.networkInterface?.privateIp === id
    const byInstance = containerInstances[task.containerInstanceArn ?? '']?.ec2InstanceId === id
    if (!byAddress && !byInstance) continue
    for (const container of task.containers) {
      if (container.runtimeId === undefined || container.lastStatus !== 'RUNNING') continue
      const binding = container.ports.find((one) => (byAddress ? one.containerPort : one.hostPort) === port)
      if (!binding) continue
      const respond = world.runtime.responder(container.runtimeId)
      const { reachedAt = binding.hostPort } = binding
      return respond ? { respond } : { port: reachedAt }
    }
  }
  return undefined
}
