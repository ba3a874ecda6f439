import type { LoadBalancer } from '@aws-sdk/client-ecs'
import type { Call, World } from '../../world.ts'
import { ecsOf } from './find.ts'
import type { TaskState } from './state.ts'

export interface TaskTarget {
  readonly targetGroupArn: string
  readonly id: string
  readonly port: number
}

/** A service's load balancers with the target groups that a deployment's tasks are in. */
export const targetsOfSide = (loadBalancers: readonly LoadBalancer[], alternate: boolean): LoadBalancer[] =>
  loadBalancers.map((one) => ({
    ...one,
    ...(alternate && { targetGroupArn: one.advancedConfiguration?.alternateTargetGroupArn }),
  }))

/** All target groups of load balancers, alternate ones too. */
export const groupsOf = (loadBalancers: readonly LoadBalancer[]): string[] =>
  loadBalancers.flatMap(({ targetGroupArn, advancedConfiguration }) =>
    [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].flatMap((arn) => arn ?? []),
  )

/** The task's places in the target groups of its service. */
export function targetsOf(world: World, region: string, task: TaskState): TaskTarget[] {
  const { services, containerInstances } = ecsOf(world, region)
  const service = task.serviceArn === undefined ? undefined : services[task.serviceArn]
  return (task.loadBalancers ?? service?.input.loadBalancers ?? []).flatMap(
    ({ targetGroupArn, containerName, containerPort = 0 }) => {
      const container = task.containers.find(({ name }) => name === containerName)
      if (targetGroupArn === undefined || !container) return []
      if (task.networkInterface) return [{ targetGroupArn, id: task.networkInterface.privateIp, port: containerPort }]
      const instance = containerInstances[task.containerInstanceArn ?? '']
      const hostPort = container.ports.find((port) => port.containerPort === containerPort)?.hostPort
      return instance && hostPort !== undefined ? [{ targetGroupArn, id: instance.ec2InstanceId, port: hostPort }] : []
    },
  )
}

export function registerTargets(world: World, call: Call, task: TaskState): void {
  for (const { targetGroupArn, id, port } of targetsOf(world, call.region, task)) {
    world.services.elasticloadbalancing.RegisterTargets(
      { TargetGroupArn: targetGroupArn, Targets: [{ Id: id, Port: port }] },
      call,
    )
  }
}

/** Takes the task out of its target groups and waits until they have drained. */
export async function deregisterTargets(world: World, call: Call, task: TaskState, signal: AbortSignal): Promise<void> {
  const targets = targetsOf(world, call.region, task)
  for (const { targetGroupArn, id, port } of targets) {
    world.services.elasticloadbalancing.DeregisterTargets(
      { TargetGroupArn: targetGroupArn, Targets: [{ Id: id, Port: port }] },
      call,
    )
  }
  while (targets.some((target) => healthOf(world, call, target).state === 'draining')) {
    await world.clock.sleep(1000, signal)
  }
}

export interface TargetHealth {
  readonly state: string
  readonly reason: string
  readonly description: string
}

export function healthOf(world: World, call: Call, { targetGroupArn, id, port }: TaskTarget): TargetHealth {
  const { TargetHealthDescriptions = [] } = world.services.elasticloadbalancing.DescribeTargetHealth(
    { TargetGroupArn: targetGroupArn, Targets: [{ Id: id, Port: port }] },
    call,
  )
  const { State = 'unused', Reason = '', Description = '' } = TargetHealthDescriptions[0]?.TargetHealth ?? {}
  return { state: State, reason: Reason, description: Description }
}
