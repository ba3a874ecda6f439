import { meant } from './nearest.ts'
import type { Path } from './problems.ts'
import type { ContainerSettings, ManifestService } from './schema.ts'

/** What Copilot has of the service's own container below `image`. */
const BELOW_IMAGE = ['port', 'healthcheck', 'labels', 'depends_on'] as const

/** A container of a task as the manifest tells of it. */
export interface ToldContainer {
  readonly name: string
  readonly settings: ContainerSettings
  /** Where something of it stands below its service. */
  place(at: Path): Path
}

/** The service's own container first, then its sidecars. */
export function containersOf(name: string, service: ManifestService): readonly [ToldContainer, ...ToldContainer[]] {
  const { image = {}, sidecars = {} } = service
  const below = Object.fromEntries(BELOW_IMAGE.map((key) => [key, image[key]])) as Pick<
    NonNullable<ManifestService['image']>,
    (typeof BELOW_IMAGE)[number]
  >
  const own: ToldContainer = {
    name,
    settings: { ...service, ...below },
    place: ([first = '', ...rest]) =>
      BELOW_IMAGE.some((key) => key === first) ? ['image', first, ...rest] : [first, ...rest],
  }
  return [
    own,
    ...Object.entries(sidecars).map(([sidecar, { port, ...settings }]) => ({
      name: sidecar,
      settings: { ...settings, port: port === undefined ? undefined : portOf(port).number },
      place: (at: Path) => ['sidecars', sidecar, ...at],
    })),
  ]
}

/** Fluent Bit, as Copilot calls it. */
export const LOG_ROUTER = 'firelens_log_router'

/** The container of Fluent Bit, of whose variables the manifest tells below `logging`. */
export function routersOf({ logging }: Pick<ManifestService, 'logging'>): ToldContainer[] {
  if (logging?.destination === undefined) return []
  const { variables, env_file, secrets } = logging
  return [{ name: LOG_ROUTER, settings: { variables, env_file, secrets }, place: (at) => ['logging', ...at] }]
}

/** All that have variables. */
export const withRouters = (name: string, service: ManifestService): readonly ToldContainer[] => [
  ...containersOf(name, service),
  ...routersOf(service),
]

/** A number, or as Copilot has it `2000/udp`. */
export function portOf(port: string | number): { readonly number: number; readonly protocol: 'tcp' | 'udp' } {
  const [number, protocol] = String(port).split('/')
  return { number: Number(number), protocol: protocol === 'udp' ? 'udp' : 'tcp' }
}

/** What is wrong with a container that requests are to lead to. */
export const unknownTarget = (target: string | undefined, name: string, service: ManifestService): string[] => {
  const known = containersOf(name, service).map((container) => container.name)
  return target === undefined || known.includes(target) ? [] : [`no container of that name${meant(target, known)}`]
}
