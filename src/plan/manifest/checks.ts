import { computeChecks } from './checks/compute.ts'
import { environmentFindings } from './checks/environment.ts'
import { type Checked, placeOf } from './checks/places.ts'
import { serviceChecks } from './checks/service.ts'
import type { Finding } from './problems.ts'

export type { Checked }

/** What no schema can say: combinations that AWS would refuse, or that cannot work. */
export function checkEnvironment(checked: Checked): Finding[] {
  const perService = checked.services.flatMap((resolved) => {
    const service = checked.merged[resolved.name] ?? {}
    return [...serviceChecks, ...computeChecks].flatMap((check) =>
      check(service, resolved).map(({ at, because, message }) => ({
        path: placeOf(checked, resolved.name, at, because),
        message,
      })),
    )
  })
  return [...perService, ...environmentFindings(checked)]
}
