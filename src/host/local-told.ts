import type { Endpoint } from '../plan/fault.ts'
import type { Stored } from '../plan/stored.ts'

/** What a running embedded AWS tells of a region by its own HTTP interface. */
async function told<Document>({ endpoint }: Endpoint, what: string, region: string): Promise<Document> {
  const answer = await fetch(`${endpoint}/_embedded/${what}?region=${encodeURIComponent(region)}`)
  return (await answer.json()) as Document
}

/** What it only keeps. */
export const localStored = async (server: Endpoint, region: string): Promise<readonly Stored[]> =>
  (await told<{ stored: readonly Stored[] }>(server, 'stored', region)).stored

/** Where ports of tasks are on this machine, by the tasks' ARNs and the containers' ports. */
export const localReached = async (server: Endpoint, region: string) =>
  (await told<{ reached: Readonly<Record<string, Readonly<Record<string, string>>>> }>(server, 'reached', region))
    .reached
