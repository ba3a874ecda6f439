import { importValue, type Json, ref, type Template } from '../template.ts'

/** `app/name/id`, which the ARN of a rule has too: so it exists, and its target group has a load balancer. */
export const loadBalancerName = (rule = 'ListenerRule'): Json => ({
  'Fn::Join': ['/', [1, 2, 3].map((part) => ({ 'Fn::Select': [part, { 'Fn::Split': ['/', ref(rule)] }] }))],
})
/** `targetgroup/name/id`, the end of its ARN. */
export const targetGroupName = (group = 'TargetGroup'): Json => ({
  'Fn::Select': [5, { 'Fn::Split': [':', ref(group)] }],
})

export const dimensions = (all: Readonly<Record<string, unknown>>): Json[] =>
  Object.entries(all).map(([Name, Value]) => ({ Name, Value }))

export const serviceDimensions = (): Json[] =>
  dimensions({
    ClusterName: importValue(`\${EnvironmentStack}-Cluster`),
    ServiceName: { 'Fn::GetAtt': ['TaskService', 'Name'] },
  })

export const queueName = (queue: string): string => queue.split(':').at(-1) ?? queue

/** A target group, and the rule by which the load balancer leads to it. */
export interface Way {
  readonly rule: string
  readonly group: string
}

/** All ways to a service's tasks. Where traffic moves between two target groups, each of them is one. */
export const waysIn = ({ Resources }: Pick<Template, 'Resources'>): Way[] =>
  Object.keys(Resources).flatMap((group) => {
    const rule = group.replace(/(Alternate)?TargetGroup$/, 'ListenerRule')
    return rule !== group && rule in Resources ? [{ rule, group }] : []
  })

/** A measurement that an expression refers to. */
export const measured = (Id: string, Namespace: string, MetricName: string, Dimensions: Json[], Stat: string) => ({
  Id,
  MetricStat: { Metric: { Namespace, MetricName, Dimensions }, Stat },
  ReturnData: false,
})

/** The sum of measurements, of which those that nobody has made are none. */
export const sumOf = (ids: readonly string[]): string => ids.map((id) => `FILL(${id}, 0)`).join(' + ')
