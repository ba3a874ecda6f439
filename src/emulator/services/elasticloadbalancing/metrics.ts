import type { Answered } from '../../runtime/balancer/balancer.ts'
import type { World } from '../../world.ts'
import { measure } from '../cloudwatch/metrics.ts'
import type { Dimensions } from '../cloudwatch/state.ts'
import { loadBalancersOf } from './find.ts'
import type { StoredLoadBalancer, StoredTargetGroup } from './state.ts'
import { healthyTargets } from './targets.ts'

const loadBalancerName = (arn: string): string => arn.replace(/^.*:loadbalancer\//, '')
const targetGroupName = (arn: string): string => arn.replace(/^.*:targetgroup\//, 'targetgroup/')

interface Metric {
  readonly name: string
  readonly value?: number
  readonly unit?: 'Count' | 'Seconds'
}

function report(
  world: World,
  region: string,
  dimensions: Dimensions,
  { name, value = 1, unit = 'Count' }: Metric,
  at?: Date,
) {
  measure(world, region, { namespace: 'AWS/ApplicationELB', name, dimensions, value, unit, ...(at && { at }) })
}

/** Counts an answered request where the load balancer counts it: by itself, and with the target group that it went to. */
export function countAnswer(
  world: World,
  region: string,
  { LoadBalancerArn }: StoredLoadBalancer,
  { status, by, seconds, target }: Answered,
): void {
  const LoadBalancer = loadBalancerName(LoadBalancerArn)
  const count = (metric: Metric, dimensions: Dimensions) => report(world, region, dimensions, metric)
  if (by === 'fixed-response') count({ name: 'HTTP_Fixed_Response_Count' }, { LoadBalancer })
  if (by === 'redirect') count({ name: 'HTTP_Redirect_Count' }, { LoadBalancer })
  const kind = `${Math.floor(status / 100)}XX`
  if (by === 'load balancer') {
    count({ name: `HTTPCode_ELB_${kind}_Count` }, { LoadBalancer })
    if ([500, 502, 503, 504].includes(status)) count({ name: `HTTPCode_ELB_${status}_Count` }, { LoadBalancer })
  }
  // What was rejected before a target was chosen is no request.
  const group = target === undefined ? undefined : world.region(region).elb.targetGroups[target.split(' ')[0] ?? '']
  if (!group) return
  const TargetGroup = targetGroupName(group.TargetGroupArn)
  const both = [{ LoadBalancer }, { LoadBalancer, TargetGroup }]
  const share = 1 / Math.max(1, healthyTargets(world, region, group).length)
  count({ name: 'RequestCountPerTarget', value: share }, { TargetGroup })
  for (const dimensions of both) {
    count({ name: 'RequestCount' }, dimensions)
    if (by !== 'target') continue
    count({ name: `HTTPCode_Target_${kind}_Count` }, dimensions)
    count({ name: 'TargetResponseTime', value: seconds, unit: 'Seconds' }, dimensions)
  }
}

/** What is reported every minute of the groups of Application Load Balancers, whether there were requests or not. */
export function reportTargets(world: World, region: string, at: Date): void {
  const { elb } = world.region(region)
  for (const group of Object.values(elb.targetGroups)) {
    for (const arn of loadBalancersOf(elb, group.TargetGroupArn)) {
      if (elb.loadBalancers[arn]?.Type === 'application') reportGroup(world, region, arn, group, at)
    }
  }
}

function reportGroup(world: World, region: string, loadBalancer: string, group: StoredTargetGroup, at: Date): void {
  const LoadBalancer = loadBalancerName(loadBalancer)
  const TargetGroup = targetGroupName(group.TargetGroupArn)
  const healthy = healthyTargets(world, region, group).length
  const unhealthy = group.targets.filter(({ health }) => health.State === 'unhealthy').length
  report(world, region, { LoadBalancer, TargetGroup }, { name: 'HealthyHostCount', value: healthy }, at)
  report(world, region, { LoadBalancer, TargetGroup }, { name: 'UnHealthyHostCount', value: unhealthy }, at)
  if (group.targets.length === 0) return
  report(world, region, { LoadBalancer, TargetGroup }, { name: 'RequestCount', value: 0 }, at)
  report(world, region, { TargetGroup }, { name: 'RequestCountPerTarget', value: 0 }, at)
}
