/** What the embedded AWS has validated and kept of a deployment, and does not act on. */
export interface Stored {
  readonly stack: string
  readonly logicalId: string
  readonly type: string
  /** Only these properties; without them the whole resource. */
  readonly properties?: readonly string[]
}

/** For people: each type once, with what is kept of it. */
export function storedText(all: readonly Stored[]): string[] {
  const kept = new Map<string, Set<string>>()
  for (const { type, properties = [] } of all) {
    const names = kept.get(type) ?? new Set()
    for (const name of properties) names.add(name)
    kept.set(type, names)
  }
  if (kept.size === 0) return []
  const whats = [...kept].map(([type, names]) => {
    const short = type.replace(/^AWS::/, '')
    return names.size > 0 ? `${short} (${[...names].join(', ')})` : short
  })
  return [`kept, but not acted on there: ${whats.join(', ')}`]
}
