import type * as Sdk from '@aws-sdk/client-auto-scaling'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { at } from './activities.ts'
import { findGroup } from './find.ts'
import { stateOf } from './state.ts'

const PROCESSES = [
  'AddToLoadBalancer',
  'AlarmNotification',
  'AZRebalance',
  'HealthCheck',
  'InstanceRefresh',
  'Launch',
  'ReplaceUnhealthy',
  'ScheduledActions',
  'Terminate',
]
const METRICS = [
  'GroupMinSize',
  'GroupMaxSize',
  'GroupDesiredCapacity',
  'GroupInServiceInstances',
  'GroupPendingInstances',
  'GroupStandbyInstances',
  'GroupTerminatingInstances',
  'GroupTotalInstances',
]

/** Without names, all are meant. */
const named = (names: readonly string[] | undefined, all: readonly string[]) => (names?.length ? names : all)

export const processes = (world: World) =>
  ({
    SuspendProcesses: ({ AutoScalingGroupName, ScalingProcesses }, call) => {
      const group = findGroup(stateOf(world, call), AutoScalingGroupName)
      const suspended = named(ScalingProcesses, PROCESSES)
      group.SuspendedProcesses = [
        ...group.SuspendedProcesses.filter(({ ProcessName = '' }) => !suspended.includes(ProcessName)),
        ...suspended.map((ProcessName) => ({ ProcessName, SuspensionReason: `User suspended at ${at(world)}` })),
      ]
      return {}
    },

    ResumeProcesses: ({ AutoScalingGroupName, ScalingProcesses }, call) => {
      const group = findGroup(stateOf(world, call), AutoScalingGroupName)
      const resumed = named(ScalingProcesses, PROCESSES)
      group.SuspendedProcesses = group.SuspendedProcesses.filter(
        ({ ProcessName = '' }) => !resumed.includes(ProcessName),
      )
      return {}
    },

    EnableMetricsCollection: ({ AutoScalingGroupName, Metrics, Granularity }, call) => {
      const group = findGroup(stateOf(world, call), AutoScalingGroupName)
      const enabled = named(Metrics, METRICS)
      group.EnabledMetrics = [
        ...group.EnabledMetrics.filter(({ Metric = '' }) => !enabled.includes(Metric)),
        ...enabled.map((Metric) => ({ Metric, Granularity })),
      ]
      return {}
    },

    DisableMetricsCollection: ({ AutoScalingGroupName, Metrics }, call) => {
      const group = findGroup(stateOf(world, call), AutoScalingGroupName)
      const disabled = named(Metrics, METRICS)
      group.EnabledMetrics = group.EnabledMetrics.filter(({ Metric = '' }) => !disabled.includes(Metric))
      return {}
    },
  }) satisfies Handlers<typeof Sdk>
