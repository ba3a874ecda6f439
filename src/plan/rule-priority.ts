/**
 * Priorities for rules of paths with no part, one, two and so on. Most services have one or two; the last width is for
 * the longest path that a manifest may have. Together they are the 50,000 that a load balancer has.
 */
const WIDTHS = [1_000, 25_000, 15_000, 5_000, 2_000, 1_000, 1_000] as const
/** A host says more than some parts of a path: what is for one goes before what is for all. */
const HOST_DEPTH = 4

/**
 * A rule's priority, from the path's depth and the service's name alone: longer paths first, and the same for a service
 * whatever the others are, so that stacks can be deployed in any order.
 */
export function rulePriority(service: string, path: string, hasHosts = false): number {
  const { first, width } = bandOf(path, hasHosts)
  return first + (hashOf(service) % width)
}

/** The priority of a rule that goes before another of the service; that of the other itself where there is no place. */
export function priorityBefore(service: string, path: string, hasHosts: boolean): number {
  const { first } = bandOf(path, hasHosts)
  const own = rulePriority(service, path, hasHosts)
  return own === first ? own : first + (hashOf(`${service} before`) % (own - first))
}

function bandOf(path: string, hasHosts: boolean) {
  const parts = path.split('/').filter(Boolean).length + (hasHosts ? HOST_DEPTH : 0)
  const depth = Math.min(WIDTHS.length - 1, parts)
  return { first: WIDTHS.slice(depth + 1).reduce((sum, width) => sum + width, 0) + 1, width: WIDTHS[depth] ?? 1 }
}

/** FNV-1a, 32 bits. */
const hashOf = (text: string): number =>
  [...text].reduce((hash, character) => Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5)
