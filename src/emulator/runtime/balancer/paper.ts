import { reach as reachTask } from '../../services/ecs/reach.ts'
import type { Balancer } from './balancer.ts'

/** Ports are only numbers here: nothing listens on them. */
const FIRST_PORT = 40_000

/** Load balancers without sockets, for an AWS under virtual time. Only simulated containers can be healthy. */
export function paperBalancer({ reach = reachTask }: { readonly reach?: Balancer['reach'] } = {}): Balancer {
  const ports = new Map<string, number>()
  let next = FIRST_PORT
  return {
    reach,
    async open(key, wanted) {
      const port = ports.get(key) ?? wanted ?? next++
      ports.set(key, port)
      return port
    },
    async close(key) {
      ports.delete(key)
    },
    closeAll: async () => ports.clear(),
    isBusy: () => false,
    disconnect: () => {},
    ask: () => Promise.reject(new Error('Nobody is reached from a load balancer without sockets.')),
    check: async () => ({ type: 'failed' }),
  }
}
