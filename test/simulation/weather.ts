import type { Order } from '../../src/emulator/faults/model.ts'
import type { Random } from '../../src/emulator/random.ts'
import { chosen, happens } from './draw.ts'

/** A fault with what it may do to commands; what no fault explains is a bug. */
export interface Weather {
  readonly order: Order
  /** Credentials that are never renewed, a network that is away: contact may be lost. */
  readonly mayLoseContact?: boolean
  /** Tasks may die or get sick, also later. */
  readonly hitsTasks?: boolean
}

const TYPES = [
  'AWS::ECS::Service',
  'AWS::ECS::TaskDefinition',
  'AWS::ECS::Cluster',
  'AWS::IAM::Role',
  'AWS::ElasticLoadBalancingV2::*',
  'AWS::EC2::*',
  'AWS::AutoScaling::AutoScalingGroup',
  'AWS::ECR::Repository',
  'AWS::Logs::LogGroup',
]
const SERVICES = [undefined, 'cloudformation', 'ecs', 'elasticloadbalancing', 'ecr']

/** What may go wrong next. */
export function drawWeather(random: Random): Weather {
  const { fraction } = random
  const service = chosen(random, SERVICES)
  const call = service === undefined ? {} : { service }
  const probability = 0.02 + fraction() ** 2 * 0.4
  const heavy = { mayLoseContact: probability > HEAVY }
  const times = 1 + Math.floor(fraction() * 3)
  const resource = {
    type: chosen(random, TYPES),
    action: chosen(random, ['create', 'update', 'delete', 'rollback'] as const),
    times,
  }
  return chosen<() => Weather>(random, [
    () => ({ order: { kind: 'throttle', ...call, probability }, ...heavy }),
    () => ({ order: { kind: 'rates', scale: 0.3 + fraction() }, mayLoseContact: true }),
    () => ({ order: { kind: 'error', ...call, probability, ...(happens(random, 0.5) && UNAVAILABLE) }, ...heavy }),
    () => ({ order: { kind: 'disconnect', ...call, probability, when: 'before' }, ...heavy }),
    () => ({ order: { kind: 'disconnect', ...call, probability, when: 'after' }, ...heavy }),
    () => ({ order: { kind: 'disconnect', service: 'cloudformation', operation: '*Stack', times, when: 'after' } }),
    () => ({ order: { kind: 'slow', ...call, probability, seconds: 1 + fraction() * 30 } }),
    () => ({ order: { kind: 'stale', ...call, probability: 0.1 + fraction() * 0.7, seconds: 1 + fraction() * 40 } }),
    () => ({ order: { kind: 'disorder' } }),
    () => ({ order: { kind: 'expired', times: 1 } }),
    () => ({ order: { kind: 'expired', times: times * 10 }, mayLoseContact: true }),
    () => ({ order: { kind: 'fail', ...resource } }),
    () => ({ order: { kind: 'fail', ...resource } }),
    () => ({ order: { kind: 'delay', ...resource, seconds: fraction() * 900 } }),
    () => ({ order: { kind: 'no-capacity' } }),
    () => ({ order: { kind: 'quota', limit: 0 } }),
    () => ({ order: { kind: 'pull', times }, hitsTasks: true }),
    () => ({ order: { kind: 'exit', times, seconds: fraction() * 300 }, hitsTasks: true }),
    () => ({ order: { kind: 'out-of-memory', times, seconds: fraction() * 60 }, hitsTasks: true }),
    () => ({ order: { kind: 'unhealthy-target', times: times * 3 }, hitsTasks: true }),
  ])()
}

/** So often that all of six tries may fail now and then. */
const HEAVY = 0.1
const UNAVAILABLE = { code: 'ServiceUnavailable', status: 503 }
