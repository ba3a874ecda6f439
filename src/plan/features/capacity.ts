import { capacityParameters, hasInstances, withCapacity } from '../stacks/capacity.ts'
import type { Feature } from './feature.ts'

/** A scaling group and a capacity provider for each service that has instances of its own. */
export const capacity: Feature = {
  environment: (template, { environment, texts }) =>
    environment.services
      .filter(hasInstances)
      .reduce((before, service) => withCapacity(before, service, environment, texts), template),
  environmentParameters: ({ environment }) =>
    Object.assign({}, ...environment.services.filter(hasInstances).map(capacityParameters)),
}
