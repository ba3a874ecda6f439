import { connect, type Socket } from 'node:net'
import type { Destination } from './balancer.ts'
import { breakTogether, type Connections } from './connections.ts'

/** Joins a client's connection with a new one to the target, as a Network Load Balancer does. */
export function pipeTo(client: Socket, to: Destination, targets: Connections): void {
  const target = connect({ host: '127.0.0.1', port: to.port, allowHalfOpen: true, noDelay: true })
  targets.add(to.target, target)
  for (const [from, into] of [
    [client, target],
    [target, client],
  ] as const) {
    from.setTimeout(to.idleSeconds * 1000, () => from.destroy())
    from.on('error', () => from.destroy())
    from.pipe(into)
  }
  breakTogether(client, target)
}
