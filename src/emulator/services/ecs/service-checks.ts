import type { CreateServiceCommandInput } from '@aws-sdk/client-ecs'
import type { Call, World } from '../../world.ts'
import { checkPlacement } from './placement-checks.ts'
import { refuseService } from './refusals.ts'
import { checkServiceConnect } from './service-connect.ts'
import type { ClusterState, TaskDefinitionState } from './state.ts'

/** What ECS refuses when a service is created or updated. */
export function checkService(
  world: World,
  call: Call,
  cluster: ClusterState,
  input: CreateServiceCommandInput,
  definition: TaskDefinitionState,
): void {
  const { launchType, capacityProviderStrategy = [], networkConfiguration, deploymentConfiguration = {} } = input
  const awsvpc = definition.input.networkMode === 'awsvpc'
  if (launchType !== undefined && capacityProviderStrategy.length > 0) {
    refuseService(
      'Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.',
    )
  }
  if (awsvpc && !networkConfiguration?.awsvpcConfiguration) {
    refuseService("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
  }
  if (!awsvpc && networkConfiguration)
    refuseService('Network Configuration is not valid for the given networkMode of this task definition.')
  if (launchType === 'FARGATE' && !definition.compatibilities.includes('FARGATE')) {
    refuseService('Task definition does not support launch_type FARGATE.')
  }
  checkPlacement(input, definition)
  for (const { capacityProvider = '' } of capacityProviderStrategy) {
    if (!cluster.capacityProviders.includes(capacityProvider)) {
      refuseService(`The specified capacity provider '${capacityProvider}' was not found.`)
    }
  }
  const ec2 =
    launchType === 'EC2' ||
    capacityProviderStrategy.some(({ capacityProvider = '' }) => !capacityProvider.startsWith('FARGATE'))
  if (ec2 && networkConfiguration?.awsvpcConfiguration?.assignPublicIp === 'ENABLED') {
    refuseService('Assign public IP is not supported for this launch type.')
  }
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = deploymentConfiguration
  if (minimumHealthyPercent >= 100 && maximumPercent <= 100 && input.schedulingStrategy !== 'DAEMON') {
    refuseService('The maximumPercent must be greater than the minimumHealthyPercent.')
  }
  if (input.availabilityZoneRebalancing === 'ENABLED' && maximumPercent <= 100) {
    refuseService('The maximumPercent must be greater than 100 when availabilityZoneRebalancing is ENABLED.')
  }
  checkLoadBalancers(world, call, input, definition)
  checkStrategy(world, call, input)
  checkServiceConnect(world, call, cluster, input, definition)
}

/** What blue/green, linear and canary deployments need, and what belongs to one of them alone. */
function checkStrategy(
  world: World,
  call: Call,
  {
    deploymentConfiguration = {},
    deploymentController,
    schedulingStrategy,
    loadBalancers = [],
  }: CreateServiceCommandInput,
): void {
  const { strategy = 'ROLLING', linearConfiguration, canaryConfiguration, bakeTimeInMinutes } = deploymentConfiguration
  if (linearConfiguration && strategy !== 'LINEAR')
    refuseService('linearConfiguration is only valid with the LINEAR strategy.')
  if (canaryConfiguration && strategy !== 'CANARY')
    refuseService('canaryConfiguration is only valid with the CANARY strategy.')
  const ranges: readonly (readonly [string, number | undefined, number, number])[] = [
    ['bakeTimeInMinutes', bakeTimeInMinutes, 0, 1440],
    ['stepPercent', linearConfiguration?.stepPercent, 3, 100],
    ['stepBakeTimeInMinutes', linearConfiguration?.stepBakeTimeInMinutes, 0, 1440],
    ['canaryPercent', canaryConfiguration?.canaryPercent, 0.1, 100],
    ['canaryBakeTimeInMinutes', canaryConfiguration?.canaryBakeTimeInMinutes, 0, 1440],
  ]
  for (const [name, value, least, most] of ranges) {
    if (value !== undefined && (value < least || value > most))
      refuseService(`${name} must be between ${least} and ${most}.`)
  }
  if (strategy === 'ROLLING') return
  if (schedulingStrategy === 'DAEMON')
    refuseService(`The ${strategy} strategy is not supported with the DAEMON scheduling strategy.`)
  if ((deploymentController?.type ?? 'ECS') !== 'ECS')
    refuseService(`The ${strategy} strategy needs the ECS deployment controller.`)
  for (const { targetGroupArn, advancedConfiguration } of loadBalancers) {
    const { alternateTargetGroupArn, productionListenerRule, testListenerRule, roleArn } = advancedConfiguration ?? {}
    if (!alternateTargetGroupArn || !productionListenerRule || !roleArn) {
      refuseService(
        `The load balancer of target group ${targetGroupArn} needs an advancedConfiguration for the ${strategy} strategy.`,
      )
    }
    if (alternateTargetGroupArn === targetGroupArn) refuseService('The alternate target group must be another one.')
    const { rules, listeners } = world.region(call.region).elb
    for (const arn of [productionListenerRule, testListenerRule]) {
      if (arn && !rules[arn] && !listeners[arn]) refuseService(`The listener rule ${arn} was not found.`)
    }
  }
}

function checkLoadBalancers(
  world: World,
  call: Call,
  { loadBalancers = [] }: CreateServiceCommandInput,
  { input }: TaskDefinitionState,
): void {
  const both = loadBalancers.flatMap((one) => {
    const { alternateTargetGroupArn } = one.advancedConfiguration ?? {}
    return alternateTargetGroupArn ? [one, { ...one, targetGroupArn: alternateTargetGroupArn }] : [one]
  })
  for (const { targetGroupArn, containerName, containerPort } of both) {
    const container = input.containerDefinitions?.find(({ name }) => name === containerName)
    if (!container) refuseService(`The container ${containerName} does not exist in the task definition.`)
    if (!container?.portMappings?.some((mapping) => mapping.containerPort === containerPort)) {
      refuseService(`The container ${containerName} did not have a container port ${containerPort} defined.`)
    }
    if (targetGroupArn === undefined) continue
    const { TargetGroups: [group] = [] } = world.services.elasticloadbalancing.DescribeTargetGroups(
      { TargetGroupArns: [targetGroupArn] },
      call,
    )
    if ((group?.LoadBalancerArns ?? []).length === 0) {
      refuseService(`The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`)
    }
    const wanted = input.networkMode === 'awsvpc' ? 'ip' : 'instance'
    if (group?.TargetType !== wanted) {
      refuseService(
        `The provided target group ${targetGroupArn} has target type ${group?.TargetType}, which is incompatible with the ${input.networkMode ?? 'bridge'} network mode specified in the task definition.`,
      )
    }
  }
}
