import * as z from 'zod'
import type { Check } from '../manifest/checks/places.ts'
import { text, wants } from '../manifest/fields.ts'
import type { Service } from '../manifest/model.ts'
import { serviceDimensions } from '../scaling/metrics.ts'
import { type Json, type Resource, subText, type Template, withProperties } from '../template.ts'
import type { Feature } from './feature.ts'

const percent = z.int().min(1).max(100)

export const rollbackAlarmsFields = {
  rollback_alarms: wants(
    'a list of alarms, or percentages that make some',
    z.union([
      z.array(text),
      z.strictObject({ cpu_utilization: percent.optional(), memory_utilization: percent.optional() }),
    ]),
  )
    .optional()
    .describe('alarms that undo a deployment when they ring'),
}

/** Made with the service: an alarm for each percentage. It has a name of its own, as service and alarm name each other. */
const MADE = {
  cpu_utilization: { resource: 'CpuRollbackAlarm', name: 'cpu', metric: 'CPUUtilization' },
  memory_utilization: { resource: 'MemoryRollbackAlarm', name: 'memory', metric: 'MemoryUtilization' },
} as const

const nameOf = (name: string): Json => subText(`\${AWS::StackName}-rollback-${name}`)

function alarm({ name, metric }: (typeof MADE)[keyof typeof MADE], threshold: number): Resource {
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: nameOf(name),
      AlarmDescription: `A deployment during which ${metric} stays so high goes back`,
      Namespace: 'AWS/ECS',
      MetricName: metric,
      Dimensions: serviceDimensions(),
      Statistic: 'Average',
      Period: 60,
      EvaluationPeriods: 3,
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: threshold,
      TreatMissingData: 'notBreaching',
    },
  }
}

type Wanted = readonly string[] | { readonly [Key in keyof typeof MADE]?: number | undefined } | undefined

function withAlarms(template: Template, wanted: Wanted): Template {
  if (wanted === undefined) return template
  const made = isList(wanted)
    ? []
    : Object.entries(MADE).flatMap(([key, one]) => {
        const threshold = wanted[key as keyof typeof MADE]
        return threshold === undefined ? [] : [{ ...one, threshold }]
      })
  const AlarmNames = isList(wanted) ? [...wanted] : made.map(({ name }) => nameOf(name))
  if (AlarmNames.length === 0) return template
  const watched = withProperties(template, 'TaskService', (properties) => ({
    ...properties,
    DeploymentConfiguration: {
      ...(properties.DeploymentConfiguration as Json),
      Alarms: { Enable: true, Rollback: true, AlarmNames },
    },
  }))
  const alarms = made.map((one) => [one.resource, alarm(one, one.threshold)] as const)
  return { ...watched, Resources: { ...watched.Resources, ...Object.fromEntries(alarms) } }
}

/** Whether alarms can undo a deployment of the service. */
export const watchesAlarms = ({ settings: { deployment } }: Pick<Service, 'settings'>): boolean =>
  Object.keys(deployment?.rollback_alarms ?? {}).length > 0

/** Those that exist already. */
export function namedAlarms({ settings: { deployment } }: Pick<Service, 'settings'>): readonly string[] {
  const wanted = deployment?.rollback_alarms
  return wanted !== undefined && isList(wanted) ? wanted : []
}

const isList = (wanted: NonNullable<Wanted>): wanted is readonly string[] => Array.isArray(wanted)

const reserved: Check = ({ deployment }, { compute }) => {
  const wanted = deployment?.rollback_alarms
  return wanted && !isList(wanted) && wanted.cpu_utilization !== undefined && compute.kind === 'gpu' && !compute.cpu
    ? [
        {
          at: ['deployment', 'rollback_alarms', 'cpu_utilization'],
          because: ['compute'],
          message: 'is a share of what the tasks reserve, and they reserve no processor; name it under cpu:',
        },
      ]
    : []
}

export const rollbackAlarms: Feature = {
  checks: [reserved],
  service: (template, { service }) => withAlarms(template, service.settings.deployment?.rollback_alarms),
}
