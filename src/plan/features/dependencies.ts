import * as z from 'zod'
import type { Check, ServiceFinding } from '../manifest/checks/places.ts'
import { containersOf, type ToldContainer } from '../manifest/containers.ts'
import { name, wants } from '../manifest/fields.ts'
import { meant } from '../manifest/nearest.ts'
import type { Feature } from './feature.ts'

const CONDITIONS = ['start', 'healthy', 'complete', 'success'] as const
type Condition = (typeof CONDITIONS)[number]

/** As Copilot writes them, or as ECS does. */
const condition = wants(
  'start, healthy, complete or success',
  z
    .enum([...CONDITIONS, ...CONDITIONS.map((one) => one.toUpperCase() as Uppercase<Condition>)])
    .transform((one) => one.toLowerCase() as Condition),
)

export const dependencyFields = {
  depends_on: z
    .record(name, condition)
    .optional()
    .describe('containers of the task that it waits for: until start, healthy, complete or success'),
}

const waits: Check = (service, { name: own }) => {
  const containers = containersOf(own, service)
  return containers.flatMap((container) =>
    Object.entries(container.settings.depends_on ?? {}).flatMap(([other, wanted]): ServiceFinding[] => {
      const at = container.place(['depends_on', other])
      const found = containers.find((one) => one.name === other)
      if (!found) {
        const names = containers.map((one) => one.name).filter((one) => one !== container.name)
        return [{ at, message: `the task has no container of that name${meant(other, names)}` }]
      }
      if (other === container.name || reaches(containers, other, container.name)) {
        return [{ at, message: `${container.name} and ${other} would wait for each other` }]
      }
      if (wanted === 'healthy' && !found.settings.healthcheck) {
        const because = found.place(['healthcheck'])
        return [{ at, because, message: `${other} has no health check that could say so; give it a healthcheck` }]
      }
      const essential = other === own || service.sidecars?.[other]?.essential !== false
      return essential && (wanted === 'complete' || wanted === 'success')
        ? [{ at, message: `${other} is essential, so that the task ends with it; set essential: false on it` }]
        : []
    }),
  )
}

/** Whether one container waits for another, over whichever others. */
function reaches(
  containers: readonly ToldContainer[],
  from: string,
  to: string,
  seen: readonly string[] = [],
): boolean {
  if (seen.includes(from)) return false
  const next = Object.keys(containers.find(({ name: one }) => one === from)?.settings.depends_on ?? {})
  return next.includes(to) || next.some((one) => reaches(containers, one, to, [...seen, from]))
}

export const dependencies: Feature = {
  checks: [waits],
  container: ({ depends_on }) =>
    depends_on && Object.keys(depends_on).length > 0
      ? {
          DependsOn: Object.entries(depends_on).map(([ContainerName, wanted]) => ({
            ContainerName,
            Condition: wanted.toUpperCase(),
          })),
        }
      : {},
}
