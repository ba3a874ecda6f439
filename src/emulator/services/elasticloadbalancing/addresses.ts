import type { World } from '../../world.ts'
import { listenersOf } from './find.ts'
import type { StoredListener, StoredLoadBalancer } from './state.ts'

/** AWS's own address has all ports; ours has one, which plain and encrypted connections share. */
export function ownListeners(
  world: World,
  region: string,
  { LoadBalancerArn, Type }: StoredLoadBalancer,
): StoredListener[] {
  const all = listenersOf(world.region(region).elb, LoadBalancerArn)
  const first = (protocol: string, usual: number) => {
    const candidates = all.filter(({ Protocol }) => Protocol === protocol)
    return candidates.find(({ Port }) => Port === usual) ?? candidates[0]
  }
  if (Type === 'network') return all.filter(({ Protocol }) => Protocol !== 'UDP').slice(0, 1)
  return [first('HTTP', 80), first('HTTPS', 443)].filter((listener) => listener !== undefined)
}

/** Where a listener of the load balancer is on this machine, by the port that it has in AWS. */
export function localPortOf(world: World, region: string, loadBalancer: StoredLoadBalancer, port: number) {
  const listener = listenersOf(world.region(region).elb, loadBalancer.LoadBalancerArn).find(({ Port }) => Port === port)
  if (!listener) return undefined
  return ownListeners(world, region, loadBalancer).includes(listener) ? loadBalancer.localPort : listener.localPort
}
