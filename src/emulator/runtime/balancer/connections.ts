import type { Socket } from 'node:net'

/** A socket, or an answer that is being written to one. */
interface Connection {
  once(event: 'close', listener: () => void): unknown
  destroy(): unknown
}

/** Connections in groups that can be ended together. */
export interface Connections {
  add(group: string, connection: Connection): void
  end(group: string): void
  has(group: string): boolean
}

export function connections(): Connections {
  const groups = new Map<string, Set<Connection>>()
  return {
    add(group, connection) {
      const members = groups.get(group) ?? new Set()
      groups.set(group, members.add(connection))
      connection.once('close', () => {
        members.delete(connection)
        if (members.size === 0 && groups.get(group) === members) groups.delete(group)
      })
    },
    end(group) {
      for (const connection of groups.get(group) ?? []) connection.destroy()
    },
    has: (group) => groups.has(group),
  }
}

/** When one side breaks off, the other is cut; when it ends in order, what it sent may still be written. */
export function breakTogether(one: Socket, other: Socket): void {
  for (const [from, into] of [
    [one, other],
    [other, one],
  ] as const) {
    from.once('close', (failed) => {
      if (failed || !from.readableEnded) into.destroy()
    })
  }
}
