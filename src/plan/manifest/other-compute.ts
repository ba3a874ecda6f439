import type { ManifestService } from './schema.ts'

type Kind = NonNullable<ManifestService['compute']>

/** What a service keeps of all that is said of it when an environment runs it on another kind of compute. */
export function underOtherCompute(base: ManifestService, compute: Kind): ManifestService {
  const { cpu, memory, gpus, instances, host, placement, spot, ...others } = base
  const kept = {
    ...(compute === 'fargate' ? others : withoutTaskDisk(others)),
    ...(compute !== 'external' && { spot }),
  }
  return compute === 'fargate' || compute === 'managed' ? withoutHost(kept) : kept
}

/** Its size is Fargate's alone; an instance has a disk of its own. */
function withoutTaskDisk({ storage, ...service }: ManifestService): ManifestService {
  if (!storage) return service
  const { ephemeral: _size, ...kept } = storage
  return { ...service, storage: kept }
}

/** What only instances of one's own have: their memory for files, their network, a task on each. */
function withoutHost({ scheduling: _each, network, sidecars, ...service }: ManifestService): ManifestService {
  const { mode, host_port, ...connected } = network ?? {}
  return {
    ...withoutMemoryFiles(service),
    ...(network && { network: connected }),
    ...(sidecars && {
      sidecars: Object.fromEntries(Object.entries(sidecars).map(([name, one]) => [name, withoutMemoryFiles(one)])),
    }),
  }
}

function withoutMemoryFiles<Container extends { shared_memory?: unknown; tmpfs?: unknown }>(container: Container) {
  const { shared_memory: _shared, tmpfs: _folders, ...rest } = container
  return rest
}
