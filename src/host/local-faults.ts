import type { Endpoint, Fault, LocalFaults, OrderProblem } from '../plan/fault.ts'

const PATH = '/_embedded/faults'

async function ask<Answer>({ endpoint }: Endpoint, method: string, id = '', body?: object): Promise<Answer> {
  const answer = await fetch(endpoint + PATH + (id === '' ? '' : `/${encodeURIComponent(id)}`), {
    method,
    ...(body && { body: JSON.stringify(body) }),
  })
  return (await answer.json()) as Answer
}

/** The faults of a running embedded AWS, by its own HTTP interface. */
export const localFaults: LocalFaults = {
  list: async (server) => (await ask<{ faults: readonly Fault[] }>(server, 'GET')).faults,
  add: async (server, order) => {
    const answer = await ask<{ fault: Fault } | { problems: readonly OrderProblem[] }>(server, 'POST', '', order)
    return 'fault' in answer ? answer.fault : answer
  },
  remove: async (server, id) => {
    await ask(server, 'DELETE', id)
  },
  clear: async (server) => (await ask<{ removed: number }>(server, 'DELETE')).removed,
}
