/**
 * Priorities for rules of paths with no part, one, two and so on. Most services have one or two; the last width is for
 * the longest path that a manifest may have. Together they are the 50,000 that a load balancer has.
 */
const WIDTHS = [1_000, 25_000, 15_000, 5_000, 2_000, 1_000, 1_000] as const

/**
 * A rule's priority, from the path's depth and the service's name alone: longer paths first, and the same for a service
 * whatever the others are, so that stacks can be deployed in any order.
 */
export function rulePriority(service: string, path: string): number {
  const depth = Math.min(WIDTHS.length - 1, path.split('/').filter(Boolean).length)
  const deeper = WIDTHS.slice(depth + 1).reduce((sum, width) => sum + width, 0)
  return deeper + (hashOf(service) % (WIDTHS[depth] ?? 1)) + 1
}

/** FNV-1a, 32 bits. */
const hashOf = (text: string): number =>
  [...text].reduce((hash, character) => Math.imul(hash ^ character.charCodeAt(0), 0x01000193) >>> 0, 0x811c9dc5)
