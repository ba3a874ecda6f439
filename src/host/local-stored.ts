import type { Endpoint } from '../plan/fault.ts'
import type { Stored } from '../plan/stored.ts'

/** What a running embedded AWS only keeps, by its own HTTP interface. */
export async function localStored({ endpoint }: Endpoint, region: string): Promise<readonly Stored[]> {
  const answer = await fetch(`${endpoint}/_embedded/stored?region=${encodeURIComponent(region)}`)
  return ((await answer.json()) as { stored: readonly Stored[] }).stored
}
