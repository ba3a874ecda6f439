import type * as Sdk from '@aws-sdk/client-cloudwatch'
import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

type AlarmProperties = Omit<Sdk.PutMetricAlarmInput, 'AlarmName' | 'Tags'> & {
  readonly AlarmName?: string
  readonly Tags?: unknown
}

const put = (AlarmName: string, properties: AlarmProperties, context: ResourceContext): string => {
  const { monitoring } = context.world.services
  monitoring.PutMetricAlarm({ ...properties, AlarmName, Tags: context.tags(properties.Tags) }, context.call)
  return AlarmName
}

const alarm = resource<AlarmProperties>({
  stored: [
    'EvaluateLowSampleCountPercentile',
    'EvaluationInterval',
    'EvaluationWindow',
    'ExtendedStatistic',
    'ThresholdMetricId',
    'WarmUpConfiguration',
  ],
  create: (properties, context) => put(properties.AlarmName ?? context.name(255), properties, context),
  update: (name, properties, _before, context) => void put(name, properties, context),
  delete: (name, _properties, { world, call }) =>
    ignoringAbsent(['ResourceNotFound'], () => world.services.monitoring.DeleteAlarms({ AlarmNames: [name] }, call)),
  attributes: (name, { world, call }) => ({ Arn: world.region(call.region).cloudwatch.alarms[name]?.arn }),
})

export const cloudWatchResources = { 'AWS::CloudWatch::Alarm': alarm }
