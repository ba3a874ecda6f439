import type { BalancerRequest, Front } from '../../runtime/balancer/balancer.ts'
import type { World } from '../../world.ts'
import { ownListeners } from './addresses.ts'
import { listenersOf } from './find.ts'
import { noLogins } from './login.ts'
import { countAnswer } from './metrics.ts'
import { chooseByWeight, decide, type Turns } from './routing.ts'
import type { StoredListener, StoredLoadBalancer } from './state.ts'
import { healthyTargets, targetKey } from './targets.ts'

/** Ports up to this one are for the machine's own services. */
const LAST_WELL_KNOWN = 1023

/** Opens the load balancer's own port, and one more for each listener that cannot share it. */
export async function arrangePorts(world: World, region: string, loadBalancer: StoredLoadBalancer): Promise<void> {
  const { balancer } = world
  const { LoadBalancerArn } = loadBalancer
  const own = () => ownListeners(world, region, loadBalancer)
  loadBalancer.localPort = await balancer.open(
    LoadBalancerArn,
    loadBalancer.localPort,
    front(world, region, loadBalancer, own),
  )
  loadBalancer.DNSName = `127.0.0.1:${loadBalancer.localPort}`
  for (const listener of listenersOf(world.region(region).elb, LoadBalancerArn)) {
    const { ListenerArn, Port = 0 } = listener
    if (own().includes(listener)) {
      await balancer.close(ListenerArn)
      delete listener.localPort
    } else {
      const alone = front(world, region, loadBalancer, () => [listener])
      // Where people look for it, when nobody else is there.
      const wanted = listener.localPort ?? (Port > LAST_WELL_KNOWN ? Port : undefined)
      listener.localPort = await balancer.open(ListenerArn, wanted, alone)
    }
  }
}

export async function closePorts(
  { balancer }: World,
  { LoadBalancerArn }: StoredLoadBalancer,
  listeners: readonly StoredListener[],
): Promise<void> {
  await Promise.all([LoadBalancerArn, ...listeners.map(({ ListenerArn }) => ListenerArn)].map(balancer.close))
}

/** What stands behind a port at which some of a load balancer's listeners are. */
function front(
  world: World,
  region: string,
  loadBalancer: StoredLoadBalancer,
  listeners: () => readonly StoredListener[],
): Front {
  const turns: Turns = new Map()
  const logins = noLogins()
  const serving = () => (loadBalancer.State?.Code === 'active' ? listeners() : [])
  if (loadBalancer.Type === 'network')
    return { type: 'tcp', connect: () => connect(world, region, serving()[0], turns) }
  return {
    type: 'http',
    decide(request: BalancerRequest) {
      const protocol = request.secure ? 'HTTPS' : 'HTTP'
      const listener = serving().find(({ Protocol }) => Protocol === protocol)
      if (!listener) return { type: 'refuse' }
      return decide({ world, region, loadBalancer, listener, turns, logins }, request)
    },
    answered: (how) => countAnswer(world, region, loadBalancer, how),
  }
}

/** Where a Network Load Balancer's listener sends a new connection. */
function connect(world: World, region: string, listener: StoredListener | undefined, turns: Turns) {
  const [action] = listener?.DefaultActions ?? []
  const group = action && chooseByWeight(world, region, action)
  if (!listener || !group) return undefined
  const arn = group.TargetGroupArn
  const healthy = healthyTargets(world, region, group)
  const turn = turns.get(arn) ?? 0
  turns.set(arn, turn + 1)
  const target = healthy[turn % healthy.length]
  const place = target && world.balancer.reach(world, region, target.Id, target.Port ?? 0)
  if (!target || !place || !('port' in place)) return undefined
  const idleSeconds = Number(listener.attributes['tcp.idle_timeout.seconds'])
  const to = { target: targetKey(group, target), port: place.port, secure: false, idleSeconds }
  return { tls: listener.Protocol === 'TLS', to }
}
