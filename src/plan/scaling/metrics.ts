import { importValue, type Json, ref } from '../template.ts'

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
