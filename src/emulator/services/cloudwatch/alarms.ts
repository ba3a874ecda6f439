import type * as Sdk from '@aws-sdk/client-cloudwatch'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { isComparison, secondsOf } from './evaluation.ts'
import { note } from './history.ts'
import { type Alarm, cloudwatchOf } from './state.ts'
import { setState } from './states.ts'

const A_DAY = 86_400
const STATES = ['OK', 'ALARM', 'INSUFFICIENT_DATA']

const invalid = (message: string): AwsError => new AwsError('ValidationException', message)

function check(input: Sdk.PutMetricAlarmInput): void {
  const { MetricName, Namespace, Metrics, Period, ComparisonOperator, EvaluationPeriods = 0, DatapointsToAlarm } = input
  if (Metrics ? MetricName !== undefined : MetricName === undefined || Namespace === undefined) {
    throw invalid('Either Metrics or MetricName and Namespace must be specified, not both.')
  }
  if (!isComparison(ComparisonOperator)) {
    throw invalid(`The embedded AWS does not have the comparison ${ComparisonOperator}.`)
  }
  if (Period !== undefined && ![10, 20, 30].includes(Period) && (Period % 60 !== 0 || Period === 0)) {
    throw invalid('The period must be 10, 20, 30 or a multiple of 60.')
  }
  if (EvaluationPeriods < 1) throw invalid('The parameter EvaluationPeriods must be at least 1.')
  if (EvaluationPeriods * secondsOf(input) > A_DAY) {
    throw invalid('Metrics cannot be checked across more than a day (EvaluationPeriods * Period must be <= 86400).')
  }
  if (DatapointsToAlarm !== undefined && DatapointsToAlarm > EvaluationPeriods) {
    throw invalid('The number of datapoints to alarm must not exceed the number of evaluation periods.')
  }
}

/** What is described of an alarm. */
const description = ({ input, name, arn: AlarmArn, state, reason, reasonData, ...times }: Alarm): Sdk.MetricAlarm => {
  const { Tags: _tags, ...definition } = input
  return {
    OKActions: [],
    AlarmActions: [],
    InsufficientDataActions: [],
    ...definition,
    AlarmName: name,
    AlarmArn,
    ActionsEnabled: input.ActionsEnabled ?? true,
    AlarmConfigurationUpdatedTimestamp: times.configuredAt,
    StateValue: state,
    StateReason: reason,
    ...(reasonData !== undefined && { StateReasonData: reasonData }),
    StateUpdatedTimestamp: times.updatedAt,
    StateTransitionedTimestamp: times.changedAt,
    // Those of one metric have these instead.
    ...(!input.Metrics && { Dimensions: input.Dimensions ?? [] }),
  }
}

export const alarms = (world: World) => {
  const all = (call: Call) => cloudwatchOf(world, call).alarms
  const find = (call: Call, name: string | undefined): Alarm => {
    const alarm = all(call)[name ?? ''] ?? Object.values(all(call)).find((one) => one.arn === name)
    if (alarm) return alarm
    throw new AwsError('ResourceNotFound', `Alarm [${name}] does not exist`, 404)
  }
  const enable = (names: readonly string[] = [], ActionsEnabled: boolean, call: Call) => {
    for (const alarm of names.map((name) => find(call, name))) alarm.input = { ...alarm.input, ActionsEnabled }
    return {}
  }

  return {
    PutMetricAlarm: (input, call) => {
      check(input)
      const { AlarmName: name = '' } = input
      const now = world.clock.now()
      const known = all(call)[name]
      if (known) {
        known.input = input
        known.configuredAt = now
      } else {
        all(call)[name] = {
          name,
          arn: arn(world, 'cloudwatch', call.region, `alarm:${name}`),
          input,
          configuredAt: now,
          state: 'INSUFFICIENT_DATA',
          reason: 'Unchecked: Initial alarm creation',
          updatedAt: now,
          changedAt: now,
          tags: tagRecord(input.Tags),
        }
      }
      note(world, call, name, 'ConfigurationUpdate', `Alarm "${name}" ${known ? 'updated' : 'created'}`)
      return {}
    },

    DescribeAlarms: (input, call) => {
      const { AlarmNames, AlarmNamePrefix = '', StateValue, ActionPrefix = '', AlarmTypes, MaxRecords = 50 } = input
      const wanted = Object.values(all(call))
        .filter(({ name, state, input: { AlarmActions = [], OKActions = [], InsufficientDataActions = [] } }) => {
          const actions = [...AlarmActions, ...OKActions, ...InsufficientDataActions]
          return (
            (!AlarmNames?.length || AlarmNames.includes(name)) &&
            name.startsWith(AlarmNamePrefix) &&
            (StateValue === undefined || state === StateValue) &&
            (ActionPrefix === '' || actions.some((action) => action.startsWith(ActionPrefix))) &&
            (!AlarmTypes?.length || AlarmTypes.includes('MetricAlarm'))
          )
        })
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      const { items, next } = page(wanted, MaxRecords, input.NextToken)
      return { MetricAlarms: items.map(description), CompositeAlarms: [], ...(next && { NextToken: next }) }
    },

    DescribeAlarmHistory: (input, call) => {
      const { AlarmName, HistoryItemType, StartDate, EndDate, MaxRecords = 100, ScanBy } = input
      const wanted = cloudwatchOf(world, call).history.filter(
        ({ AlarmName: name, HistoryItemType: type, Timestamp: at = new Date(0) }) =>
          (AlarmName === undefined || name === AlarmName) &&
          (HistoryItemType === undefined || type === HistoryItemType) &&
          (StartDate === undefined || at >= StartDate) &&
          (EndDate === undefined || at < EndDate),
      )
      if (ScanBy === 'TimestampAscending') wanted.reverse()
      const { items, next } = page(wanted, MaxRecords, input.NextToken)
      return { AlarmHistoryItems: items, ...(next && { NextToken: next }) }
    },

    SetAlarmState: ({ AlarmName, StateValue = 'OK', StateReason = '', StateReasonData }, call) => {
      if (!STATES.includes(StateValue)) throw new AwsError('InvalidFormatFault', `${StateValue} is no state.`)
      setState(world, call, find(call, AlarmName), {
        state: StateValue,
        reason: StateReason,
        ...(StateReasonData !== undefined && { data: StateReasonData }),
      })
      return {}
    },

    EnableAlarmActions: ({ AlarmNames }, call) => enable(AlarmNames, true, call),
    DisableAlarmActions: ({ AlarmNames }, call) => enable(AlarmNames, false, call),

    DeleteAlarms: ({ AlarmNames = [] }, call) => {
      for (const { name } of AlarmNames.map((one) => find(call, one))) {
        delete all(call)[name]
        note(world, call, name, 'ConfigurationUpdate', `Alarm "${name}" deleted`)
      }
      return {}
    },

    TagResource: ({ ResourceARN, Tags }, call) => {
      Object.assign(find(call, ResourceARN).tags, tagRecord(Tags))
      return {}
    },

    UntagResource: ({ ResourceARN, TagKeys = [] }, call) => {
      const { tags } = find(call, ResourceARN)
      for (const key of TagKeys) delete tags[key]
      return {}
    },

    ListTagsForResource: ({ ResourceARN }, call) => ({ Tags: tagList(find(call, ResourceARN).tags) }),
  } satisfies Handlers<typeof Sdk>
}
