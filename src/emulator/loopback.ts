import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'

export const LOOPBACK = '127.0.0.1'

/** Lets a server listen at the port, or at any other when that one cannot be had, and says which: nobody else reaches it. */
export async function listenOnLoopback(server: Server, port = 0): Promise<number> {
  try {
    await once(server.listen(port, LOOPBACK), 'listening')
  } catch (error) {
    if (port === 0) throw error
    return listenOnLoopback(server)
  }
  return (server.address() as AddressInfo).port
}
