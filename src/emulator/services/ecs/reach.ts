import type { World } from '../../world.ts'

/** Where a load balancer finds a target on this machine: a loopback port, or the answers of a simulated container. */
export type Reachable =
  | { readonly port: number }
  | { readonly respond: (path: string) => { readonly status: number; readonly body: string } }

/** Resolves a target (a task's private address or an instance id, and a port) to what really listens. */
export function reach(_world: World, _region: string, _id: string, _port: number): Reachable | undefined {
  return undefined
}
