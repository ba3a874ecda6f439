import type { ContainerEvent, Runtime } from './runtime.ts'

/** The engine for containers of Linux; those of Windows, which it cannot run, are on paper. */
export function withForeign(engine: Runtime, paper: Runtime): Runtime {
  const foreign = new Set<string>()
  const homeOf = (id: string): Runtime => (foreign.has(id) ? paper : engine)
  const noted = async <Started extends { readonly id: string }>(starting: Promise<Started>) => {
    const started = await starting
    foreign.add(started.id)
    return started
  }

  return {
    ...engine,
    pull: (image, login, windows) => (windows ? paper : engine).pull(image, login),
    start: (spec) => (spec.windows ? noted(paper.start(spec)) : engine.start(spec)),
    openNetwork: (spec) => (spec.windows ? noted(paper.openNetwork(spec)) : engine.openNetwork(spec)),
    stop: (id, graceSeconds) => homeOf(id).stop(id, graceSeconds),
    remove: (id) => homeOf(id).remove(id),
    find: async (labels) => [...(await engine.find(labels)), ...(await paper.find(labels))],
    usage: async (ids) =>
      new Map([...(await engine.usage(ids.filter((id) => !foreign.has(id)))), ...(await paper.usage(ids))]),
    follow: (id, ...rest) => homeOf(id).follow(id, ...rest),
    watch(listener: (event: ContainerEvent) => void, signal) {
      engine.watch(listener, signal)
      paper.watch(listener, signal)
    },
    responder: (id) => (foreign.has(id) ? paper.responder(id) : undefined),
  }
}
