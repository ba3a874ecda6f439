import type { Call, World } from '../../world.ts'
import type { ServiceState } from '../ecs/state.ts'
import { type Scaled, stateOf, type Target } from './state.ts'

/** Older ones are dropped; AWS keeps six weeks. */
const MAXIMUM_ACTIVITIES = 500

/** The service behind `service/<cluster>/<name>`. Other resources than ECS services are kept and not acted on. */
export function serviceOf(world: World, { region }: Pick<Call, 'region'>, scaled: Scaled): ServiceState | undefined {
  if (scaled.dimension !== 'ecs:service:DesiredCount') return undefined
  return Object.values(world.region(region).ecs.services).find(
    ({ arn, status }) => status === 'ACTIVE' && arn.endsWith(`:${scaled.resourceId}`),
  )
}

/** ECS holds what would take tasks away from a service that is being deployed. */
export const isDeploying = ({ deployments: [primary] }: ServiceState): boolean =>
  primary?.rolloutState === 'IN_PROGRESS'

export const bounded = ({ least, most }: Target, capacity: number): number => Math.min(most, Math.max(least, capacity))

/** Sets a capacity, and writes down why. */
export function setCapacity(world: World, call: Call, scaled: Scaled, capacity: number, cause: string): void {
  const service = serviceOf(world, call, scaled)
  if (!service || service.desiredCount === capacity) return
  const [, cluster, name] = scaled.resourceId.split('/')
  world.services.ecs.UpdateService({ cluster, service: name, desiredCount: capacity }, call)
  record(world, call, scaled, capacity, cause)
}

function record(world: World, call: Call, scaled: Scaled, capacity: number, Cause: string): void {
  const state = stateOf(world, call)
  const now = world.clock.now()
  const activity = {
    ActivityId: world.random.uuid(),
    ServiceNamespace: scaled.namespace,
    ResourceId: scaled.resourceId,
    ScalableDimension: scaled.dimension,
    Description: `Setting desired count to ${capacity}.`,
    Cause,
    StartTime: now,
    EndTime: now,
    StatusCode: 'Successful' as const,
    StatusMessage: `Successfully set desired count to ${capacity}. Change successfully fulfilled by ecs.`,
  }
  state.activities = [activity, ...state.activities].slice(0, MAXIMUM_ACTIVITIES)
}

/** Brings a capacity that is outside its bounds to the nearer one. */
export function keepBounds(world: World, call: Call, target: Target, because = ''): void {
  const service = serviceOf(world, call, target)
  if (!service) return
  const kind = service.desiredCount < target.least ? 'minimum' : 'maximum'
  const wanted = bounded(target, service.desiredCount)
  setCapacity(world, call, target, wanted, `${kind} capacity was set to ${wanted}${because}`)
}
