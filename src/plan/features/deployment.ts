import * as z from 'zod'
import type { Check } from '../manifest/checks/places.ts'
import { given } from '../manifest/durations.ts'
import { duration, flag, pattern, port, text, wants } from '../manifest/fields.ts'
import { type Rollout, rulesOf, type Service } from '../manifest/model.ts'
import { rolloutOf, shiftsTraffic } from '../manifest/rollout.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { tasksOf } from '../scaling/tasks.ts'
import { type Json, type Template, withProperties } from '../template.ts'
import { counted, orList } from '../text.ts'
import type { Feature } from './feature.ts'
import { takesPorts } from './network-mode.ts'
import { isDaemon } from './placement.ts'
import { firstWeights, withTrafficShift } from './traffic-shift.ts'

const percent = z.int().min(0).max(100)

export const rolloutFields = {
  rolling: z
    .enum(['default', 'recreate'])
    .optional()
    .describe('default: new tasks first; recreate: old tasks are stopped first'),
  minimum_healthy_percent: percent.optional().describe('tasks that stay healthy while new ones replace them'),
  maximum_percent: z.int().min(100).max(200).optional().describe('tasks that may run meanwhile'),
  circuit_breaker: wants(
    'true, false, or a group of settings',
    z.union([
      flag,
      z.strictObject({
        threshold: wants(
          'a number of failures, or a percentage of the tasks such as 50%',
          z.union([z.int().min(1), z.string().regex(/^([1-9]|[1-9]\d|100)%$/)]),
        ),
      }),
    ]),
  )
    .optional()
    .describe('after how many failed tasks an update goes back: true as ECS counts, false for never'),
  strategy: z
    .enum(['rolling', 'blue_green', 'linear', 'canary'])
    .optional()
    .describe('rolling replaces tasks; the others bring all new ones up first and move the traffic then'),
  bake_time: duration
    .optional()
    .describe('how long the old tasks stay when the new ones have all traffic, 5m if left out'),
  percent: z
    .number()
    .min(0.1)
    .max(100)
    .optional()
    .describe('traffic of each step of linear, 10 if left out, or of the canary, 5 if left out'),
  step_time: duration.optional().describe('how long a step lasts: 6m for linear, 10m for canary if left out'),
  test: z
    .strictObject({
      header: pattern('the name of a header', /^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,40}$/).optional(),
      value: text.max(128).optional(),
      port: port.optional().describe('a port of the load balancer, for all who come by it'),
    })
    .optional()
    .describe('a header with its value, or a port, by which the new tasks are reached before they have traffic'),
  zone_rebalancing: flag.optional().describe('spread tasks anew over the zones when they have become uneven'),
}

type Deployment = NonNullable<ManifestService['deployment']>

const settingsOf = ({ settings }: Pick<Service, 'settings'>): Deployment => settings.deployment ?? {}

const minutes = (time: string | number | undefined, otherwise: number): number => given(time, otherwise * 60) / 60

function configuration(service: Service): Json {
  const { strategy = 'rolling', bake_time, percent: share, step_time, circuit_breaker: breaker } = settingsOf(service)
  return {
    ...(breaker === false && { DeploymentCircuitBreaker: { Enable: false, Rollback: false } }),
    ...(typeof breaker === 'object' && {
      DeploymentCircuitBreaker: { Enable: true, Rollback: true, ThresholdConfiguration: threshold(breaker.threshold) },
    }),
    ...(strategy !== 'rolling' && { Strategy: strategy.toUpperCase(), BakeTimeInMinutes: minutes(bake_time, 5) }),
    ...(strategy === 'linear' && {
      LinearConfiguration: { StepPercent: share ?? 10, StepBakeTimeInMinutes: minutes(step_time, 6) },
    }),
    ...(strategy === 'canary' && {
      CanaryConfiguration: { CanaryPercent: share ?? 5, CanaryBakeTimeInMinutes: minutes(step_time, 10) },
    }),
  }
}

const threshold = (wanted: number | string): Json =>
  typeof wanted === 'number'
    ? { Type: 'COUNT', Value: wanted }
    : { Type: 'UNBOUNDED_PERCENT', Value: Number(wanted.slice(0, -1)) }

function withDeployment(template: Template, service: Service): Template {
  const { circuit_breaker: breaker, zone_rebalancing: rebalances } = settingsOf(service)
  // It needs room for one task more.
  const rebalancing = rebalances ?? (service.rollout.maximum <= 100 ? false : undefined)
  const own = configuration(service)
  const changed = withProperties(template, 'TaskService', (properties) => ({
    ...properties,
    ...(Object.keys(own).length > 0 && {
      DeploymentConfiguration: { ...(properties.DeploymentConfiguration as Json), ...own },
    }),
    ...(rebalancing !== undefined && { AvailabilityZoneRebalancing: rebalancing ? 'ENABLED' : 'DISABLED' }),
  }))
  return typeof breaker === 'object' ? newerThanLint(changed) : changed
}

/** Thresholds are newer than what cfn-lint knows. */
function newerThanLint(template: Template): Template {
  const { TaskService } = template.Resources
  if (!TaskService) return template
  const Metadata = { 'cfn-lint': { config: { ignore_checks: ['E3002'] } } }
  const { Type, ...rest } = TaskService
  return { ...template, Resources: { ...template.Resources, TaskService: { Type, Metadata, ...rest } } }
}

const MOVING = ['blue_green', 'linear', 'canary'] as const

/** The strategies that a field is about. */
const BELONGS: Readonly<Partial<Record<keyof Deployment, readonly string[]>>> = {
  bake_time: MOVING,
  test: MOVING,
  percent: ['linear', 'canary'],
  step_time: ['linear', 'canary'],
  rolling: ['rolling'],
  minimum_healthy_percent: ['rolling'],
  maximum_percent: ['rolling'],
}

const isOf = (strategy: string, field: string): boolean =>
  BELONGS[field as keyof Deployment]?.includes(strategy) !== false

/** What is left of a deployment's settings where another strategy is said than theirs. */
export const deploymentUnder = (strategy: Deployment['strategy'], base: Deployment): Deployment =>
  strategy === undefined || strategy === base.strategy
    ? base
    : Object.fromEntries(Object.entries(base).filter(([field]) => isOf(strategy, field)))

const at = (...path: string[]) => ['deployment', ...path]

function tests({ header, value, port: at_ }: NonNullable<Deployment['test']>, http: boolean, nlb: boolean) {
  const place = at('test')
  if ((header === undefined) !== (value === undefined) || (header === undefined) === (at_ === undefined)) {
    return [{ at: place, message: 'needs either header and value, or a port' }]
  }
  if (at_ === undefined && !http) {
    const way = nlb ? 'a network load balancer knows no headers: name a port' : 'the service has no http'
    return [{ at: place, because: ['http'], message: `needs a load balancer that reads headers: ${way}` }]
  }
  return http || nlb ? [] : [{ at: place, because: ['http'], message: 'needs a load balancer: http or nlb' }]
}

/** Of how many tasks there may be some to replace. */
function numbersOf(service: Parameters<typeof tasksOf>[0]): number[] {
  const { least, most } = tasksOf(service)
  const first = Math.max(1, least)
  return Array.from({ length: Math.max(0, most - first + 1) }, (_, index) => first + index)
}

/** Whether a task may go, or one more may come: ECS rounds up what stays, and down what may run. */
const hasRoom = (tasks: number, { minimumHealthy, maximum }: Rollout): boolean =>
  Math.ceil((tasks * minimumHealthy) / 100) < Math.floor((tasks * maximum) / 100)

const combinations: Check = (settings, service) => {
  const { deployment = {} } = settings
  const { strategy = 'rolling', rolling, minimum_healthy_percent: least } = deployment
  const { rollout } = rolloutOf(service)
  const { minimumHealthy, maximum } = rollout
  const shifts = strategy !== 'rolling'
  const stepwise = strategy === 'linear' || strategy === 'canary'
  const stuck = isDaemon(settings) ? undefined : numbersOf(service).find((tasks) => !hasRoom(tasks, rollout))
  const whole = (name: 'bake_time' | 'step_time') => {
    const time = deployment[name]
    if (time === undefined) return []
    const seconds = given(time, 0)
    if (seconds % 60 === 0 && seconds <= 86_400) return []
    return [{ at: at(name), message: 'must be whole minutes, 24h at most' }]
  }
  return [
    ...Object.keys(deployment)
      .filter((field) => !isOf(strategy, field))
      .map((field) => ({
        at: at(field),
        because: at('strategy'),
        message: `is for strategy: ${orList(BELONGS[field as keyof Deployment] ?? [])}`,
      })),
    ...whole('bake_time'),
    ...whole('step_time'),
    ...(strategy === 'linear' && (deployment.percent ?? 10) < 3
      ? [{ at: at('percent'), because: at('strategy'), message: 'must be 3 at least for linear' }]
      : []),
    ...(deployment.percent !== undefined && Math.round(deployment.percent * 10) !== deployment.percent * 10
      ? [{ at: at('percent'), message: 'must be a multiple of 0.1' }]
      : []),
    ...(rolling === 'recreate' && (least !== undefined || deployment.maximum_percent !== undefined)
      ? [{ at: at('rolling'), message: 'recreate stops all old tasks first; leave out the percentages' }]
      : []),
    ...(stuck === undefined
      ? []
      : [
          {
            at: at(least === undefined ? 'maximum_percent' : 'minimum_healthy_percent'),
            because: at('maximum_percent'),
            message: `leaves no room for a new task: of ${counted(stuck, 'task')} ${minimumHealthy} % stay healthy, rounded up, and ${maximum} % may run, rounded down`,
          },
        ]),
    ...(deployment.zone_rebalancing && maximum <= 100
      ? [
          {
            at: at('zone_rebalancing'),
            because: at('maximum_percent'),
            message: 'needs room for one task more: let maximum_percent be more than 100',
          },
        ]
      : []),
    ...(shifts && rulesOf(service.http).some(({ redirects }) => !redirects)
      ? [
          {
            at: ['http', 'redirect_to_https'],
            because: at('strategy'),
            message: `makes a second way in, of which ECS would not move the traffic with strategy: ${strategy}`,
          },
        ]
      : []),
    ...(stepwise && !service.http && !settings.nlb && !(settings.network?.connect && service.port !== undefined)
      ? [
          {
            at: at('strategy'),
            message: `${strategy} moves traffic in steps, and nothing leads any to the service: give it http, nlb or network.connect, or take blue_green`,
          },
        ]
      : []),
    ...(shifts && isDaemon(settings)
      ? [{ at: at('strategy'), because: ['scheduling'], message: 'a daemon is replaced instance by instance: rolling' }]
      : []),
    ...(shifts && takesPorts(settings, service.compute)
      ? [
          {
            at: at('strategy'),
            because: ['network', 'host_port'],
            message: 'brings new tasks up beside old ones, which have the port of the instance',
          },
        ]
      : []),
    ...(deployment.test && shifts
      ? tests(deployment.test, service.http !== undefined, settings.nlb !== undefined)
      : []),
  ]
}

export const deployment: Feature = {
  checks: [combinations],
  service: (template, inputs) => {
    const { service } = inputs
    const deployed = withDeployment(template, service)
    return shiftsTraffic(service) ? withTrafficShift(deployed, inputs) : deployed
  },
  parameters: ({ service }) => (shiftsTraffic(service) ? firstWeights : {}),
}
