import type { Check } from '../manifest/checks/places.ts'
import { tasksOf } from '../scaling/tasks.ts'
import { capacityParameters, hasInstances, tasksOnEach, withCapacity } from '../stacks/capacity.ts'
import type { Feature } from './feature.ts'

/** Even by the type that holds the most, all tasks need more instances than there may be. */
const enoughInstances: Check = ({ host }, service) => {
  const most = host?.max_instances
  if (most === undefined || !hasInstances(service)) return []
  const { least } = tasksOf(service)
  const each = Math.max(1, ...tasksOnEach(service))
  if (least <= each * most) return []
  const because = ['count']
  const message = `is too few for ${least} tasks: an instance holds ${each === 1 ? 'one' : each} of them`
  return [{ at: ['host', 'max_instances'], because, message }]
}

/** A scaling group and a capacity provider for each service that has instances of its own. */
export const capacity: Feature = {
  checks: [enoughInstances],
  environment: (template, { environment, texts }) =>
    environment.services
      .filter(hasInstances)
      .reduce((before, service) => withCapacity(before, service, environment, texts), template),
  environmentParameters: ({ environment }) =>
    Object.assign({}, ...environment.services.filter(hasInstances).map(capacityParameters)),
}
