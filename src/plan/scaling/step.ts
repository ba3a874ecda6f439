import * as z from 'zod'
import type { Check, ServiceFinding } from '../manifest/checks/places.ts'
import { given } from '../manifest/durations.ts'
import { duration, text } from '../manifest/fields.ts'
import { logicalName } from '../names.ts'
import { type Json, type Resource, ref } from '../template.ts'

const amount = {
  add: z.int().positive().optional(),
  remove: z.int().positive().optional(),
  set: z.int().nonnegative().optional(),
}

export const stepPolicy = z.strictObject({
  metric: z
    .strictObject({
      namespace: text.describe('such as AWS/SQS, or one of your own'),
      name: text,
      dimensions: z.record(text, text).optional(),
      statistic: z.enum(['Average', 'Sum', 'Minimum', 'Maximum', 'SampleCount']).optional(),
    })
    .describe('a metric of CloudWatch'),
  period: duration.optional().describe('how long a measurement lasts; 1m if left out'),
  for: z.int().min(1).max(60).optional().describe('after how many measurements in a row; 1 if left out'),
  cooldown: duration.optional().describe('how long to wait before the next change; 1m if left out'),
  steps: z
    .array(z.strictObject({ from: z.number().optional(), below: z.number().optional(), ...amount }))
    .min(1)
    .describe('what to do from or below a value'),
})

export type StepPolicy = z.infer<typeof stepPolicy>
type Step = StepPolicy['steps'][number]

const periodOf = ({ period }: StepPolicy): number => given(period, 60)

/** Each step has one bound and one change, and all steps on one side change in the same way. */
export const stepChecks: Check = ({ count }) =>
  typeof count !== 'object' || !('range' in count)
    ? []
    : Object.entries(count.step ?? {}).flatMap(([key, policy]): ServiceFinding[] => {
        const at = ['count', 'step', key]
        const steps = policy.steps.flatMap((step, index) => stepProblems(step, [...at, 'steps', index]))
        const mixed = (
          [
            ['from', ups(policy)],
            ['below', downs(policy)],
          ] as const
        ).flatMap(([side, all]) =>
          new Set(all.map(({ set }) => set === undefined)).size > 1
            ? [{ at: [...at, 'steps'], message: `steps ${side} a value all set a number, or all add and remove` }]
            : [],
        )
        const [values, lower] = [ups(policy).map(({ from = 0 }) => from), downs(policy).map(({ below = 0 }) => below)]
        const period = periodOf(policy)
        const odd = period < 60 || period % 60 !== 0 || period * (policy.for ?? 1) > 86_400
        return [
          ...steps,
          ...mixed,
          ...([values, lower].some((all) => new Set(all).size < all.length)
            ? [{ at: [...at, 'steps'], message: 'have the same value twice; each step goes on until the next one' }]
            : []),
          ...(Math.max(...lower) > Math.min(...values)
            ? [
                {
                  at: [...at, 'steps'],
                  message: `overlap: between ${Math.min(...values)} and ${Math.max(...lower)} tasks would be added and taken away in turn`,
                },
              ]
            : []),
          ...(odd
            ? [{ at: [...at, 'period'], message: 'must be whole minutes, a day at most with all measurements' }]
            : []),
        ]
      })

function stepProblems({ from, below, add, remove, set }: Step, at: ServiceFinding['at']): ServiceFinding[] {
  const changes = [add, remove, set].filter((one) => one !== undefined).length
  return [
    ...((from === undefined) === (below === undefined) ? [{ at, message: 'needs either from or below' }] : []),
    ...(changes === 1 ? [] : [{ at, message: 'needs one of add, remove and set' }]),
  ]
}

const ups = ({ steps }: StepPolicy): Step[] =>
  steps.filter(({ from }) => from !== undefined).sort((a, b) => (a.from ?? 0) - (b.from ?? 0))
const downs = ({ steps }: StepPolicy): Step[] =>
  steps.filter(({ below }) => below !== undefined).sort((a, b) => (b.below ?? 0) - (a.below ?? 0))

/** An alarm for each side, and a policy that it invokes. Steps are counted from the alarm's threshold. */
export function stepResources(key: string, policy: StepPolicy): Record<string, Resource> {
  const prefix = logicalName(key)
  const { namespace, name, dimensions = {}, statistic = 'Average' } = policy.metric
  const watched = {
    Namespace: namespace,
    MetricName: name,
    Dimensions: Object.entries(dimensions).map(([Name, Value]) => ({ Name, Value })),
    Statistic: statistic,
    Period: periodOf(policy),
    EvaluationPeriods: policy.for ?? 1,
    TreatMissingData: 'notBreaching',
  }
  const side = (kind: 'Up' | 'Down', steps: readonly Step[], comparison: string): Record<string, Resource> => {
    const values = steps.map(({ from, below }) => from ?? below ?? 0)
    const [threshold] = values
    if (threshold === undefined) return {}
    const StepAdjustments = steps.map((step, index) => {
      const next = values[index + 1]
      const near = (values[index] ?? 0) - threshold
      const far = next === undefined ? {} : { far: next - threshold }
      return { ...intervalOf(kind, near, far.far), ScalingAdjustment: adjustment(step) }
    })
    return {
      [`${prefix}${kind}`]: {
        Type: 'AWS::ApplicationAutoScaling::ScalingPolicy',
        Properties: {
          PolicyName: `${key}-${kind.toLowerCase()}`,
          PolicyType: 'StepScaling',
          ScalingTargetId: ref('ScalableTarget'),
          StepScalingPolicyConfiguration: {
            AdjustmentType: steps[0]?.set === undefined ? 'ChangeInCapacity' : 'ExactCapacity',
            Cooldown: given(policy.cooldown, 60),
            StepAdjustments,
          },
        },
      },
      [`${prefix}${kind}Alarm`]: {
        Type: 'AWS::CloudWatch::Alarm',
        Properties: {
          AlarmDescription: `Scales ${kind === 'Up' ? 'out' : 'in'} by ${name}`,
          ...watched,
          ComparisonOperator: comparison,
          Threshold: threshold,
          AlarmActions: [ref(`${prefix}${kind}`)],
        },
      },
    }
  }
  return {
    ...side('Up', ups(policy), 'GreaterThanOrEqualToThreshold'),
    ...side('Down', downs(policy), 'LessThanThreshold'),
  }
}

const intervalOf = (kind: 'Up' | 'Down', near: number, far: number | undefined): Json =>
  kind === 'Up'
    ? { MetricIntervalLowerBound: near, ...(far !== undefined && { MetricIntervalUpperBound: far }) }
    : { ...(far !== undefined && { MetricIntervalLowerBound: far }), MetricIntervalUpperBound: near }

const adjustment = ({ add, remove = 0, set }: Step): number => set ?? add ?? -remove
