import { setMaxListeners } from 'node:events'

/** What came of running actions in order: the ids that failed, and those that were stopped because of them. */
export interface Outcome {
  readonly failed: readonly { readonly id: string; readonly error: unknown }[]
}

/**
 * Runs an action for each id as soon as those it needs are done, all that can at once. At the first failure, or when
 * it is too late, the signal of the others is aborted and nothing new starts.
 */
export async function inOrder(
  needs: ReadonlyMap<string, readonly string[]>,
  signal: AbortSignal,
  action: (id: string, signal: AbortSignal) => Promise<void>,
  late: readonly AbortSignal[] = [],
): Promise<Outcome> {
  const failed: { id: string; error: unknown }[] = []
  const stop = new AbortController()
  const stopWith = AbortSignal.any([signal, stop.signal, ...late])
  // Every action that waits listens to it, and a stack may have any number at once.
  setMaxListeners(0, stopWith)
  const started = new Map<string, Promise<void>>()

  const start = (id: string): Promise<void> => {
    const running = started.get(id)
    if (running) return running
    const run = (async () => {
      await Promise.all((needs.get(id) ?? []).filter((need) => needs.has(need)).map(start))
      if (stopWith.aborted) return
      try {
        await action(id, stopWith)
      } catch (error) {
        if (signal.aborted) return
        failed.push({ id, error })
        stop.abort(CANCELLED)
      }
    })()
    started.set(id, run)
    return run
  }

  await Promise.all([...needs.keys()].map(start))
  signal.throwIfAborted()
  return { failed }
}

/** The reason with which siblings of a failed resource are stopped. */
export const CANCELLED = new Error('Resource creation cancelled')

/** The same graph with every arrow turned round: for deleting. */
export function reversed(needs: ReadonlyMap<string, readonly string[]>): Map<string, string[]> {
  const turned = new Map<string, string[]>([...needs.keys()].map((id) => [id, []]))
  for (const [id, before] of needs) for (const need of before) turned.get(need)?.push(id)
  return turned
}
