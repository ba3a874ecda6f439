import type { ContainerSpec } from '../runtime.ts'
import { docker } from './cli.ts'

/** Connects a container that has not started yet with the networks in which others find it by name. */
export async function joinNetworks(id: string, { joins = [] }: Pick<ContainerSpec, 'joins'>): Promise<void> {
  for (const { network, labels, aliases } of joins) {
    const labelled = Object.entries(labels).flatMap(([name, value]) => ['--label', `${name}=${value}`])
    await made(network, labelled)
    await docker(['network', 'connect', ...aliases.flatMap((alias) => ['--alias', alias]), network, id])
  }
}

/** Removes networks in which nobody is any more. */
export async function removeNetworks(labels: Readonly<Record<string, string>>): Promise<void> {
  const filters = Object.entries(labels).flatMap(([name, value]) => ['--filter', `label=${name}=${value}`])
  const ids = (await docker(['network', 'ls', '--quiet', ...filters])).split('\n').filter(Boolean)
  for (const id of ids) {
    await docker(['network', 'rm', id]).catch((error: Error) => {
      if (!/active endpoints|not found/.test(error.message)) throw error
    })
  }
}

const making = new Map<string, Promise<unknown>>()

/** The engine makes two networks of one name when it is asked twice at the same time, and those in one do not reach the other. */
function made(network: string, labelled: readonly string[]): Promise<unknown> {
  const begun =
    making.get(network) ??
    docker(['network', 'create', ...labelled, network]).catch((error: Error) => {
      if (!/already exists/.test(error.message)) throw error
    })
  making.set(network, begun)
  return begun.finally(() => making.delete(network))
}
