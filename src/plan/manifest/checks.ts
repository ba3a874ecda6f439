import { features } from '../features.ts'
import { sameNames } from './checks/names.ts'
import { type Checked, type Combination, hangsOn, placeOf } from './checks/places.ts'
import { withRouters } from './containers.ts'
import { meant } from './nearest.ts'
import type { Finding, Path } from './problems.ts'

/**
 * What no schema can say of an environment: combinations that AWS would refuse, or that cannot work. Nothing is said of
 * what hangs on a `broken` place.
 */
export function checkEnvironment(checked: Checked, broken: readonly Path[] = []): Finding[] {
  return [
    ...unknownServices(checked),
    ...checked.services.flatMap((service) => combinations(checked, service)),
    ...sameNames(checked),
    ...features.flatMap(({ environmentChecks = [] }) => environmentChecks.flatMap((check) => check(checked))),
  ]
    .filter((finding) => !hangsOn(broken, checked.environment, finding))
    .map((finding) => ({ path: placeOf(checked, finding), message: finding.message, atKey: finding.atKey === true }))
}

const serviceChecks = features.flatMap(({ checks = [] }) => checks)

const containerChecks = features.flatMap((feature) => feature.containerChecks ?? [])

/** What is said of all containers of a task at once. */
const OF_TASK: readonly (string | number)[] = ['compute', 'platform']

const combinations = ({ merged }: Checked, resolved: Checked['services'][number]): Combination[] => {
  const settings = merged[resolved.name] ?? {}
  const ofContainers = withRouters(resolved.name, settings).flatMap((container) =>
    containerChecks.flatMap((check) =>
      check(container.settings, resolved).map(({ at, because, ...finding }) => ({
        ...finding,
        at: container.place(at),
        ...(because && { because: OF_TASK.includes(because[0] ?? '') ? because : container.place(because) }),
      })),
    ),
  )
  return [...serviceChecks.flatMap((check) => check(settings, resolved)), ...ofContainers].map(
    ({ at, because, message }) => ({
      path: ['services', resolved.name, ...at],
      ...(because && { because: [['services', resolved.name, ...because]] }),
      message,
    }),
  )
}

const unknownServices = ({ manifest: { environments = {}, services }, environment }: Checked): Combination[] =>
  Object.keys(environments[environment]?.services ?? {})
    .filter((service) => !Object.hasOwn(services, service))
    .map((service) => ({
      path: ['environments', environment, 'services', service],
      because: [['services', service]],
      message: `no service of that name above${meant(service, Object.keys(services))}`,
      atKey: true,
    }))
