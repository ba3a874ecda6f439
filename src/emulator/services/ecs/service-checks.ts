import type { CreateServiceCommandInput } from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'
import type { ClusterState, TaskDefinitionState } from './state.ts'

const refuse = (message: string): never => {
  throw new AwsError('InvalidParameterException', message)
}

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
    refuse('Specifying both a launch type and capacity provider strategy is not supported. Remove one and try again.')
  }
  if (awsvpc && !networkConfiguration?.awsvpcConfiguration) {
    refuse("Network Configuration must be provided when networkMode 'awsvpc' is specified.")
  }
  if (!awsvpc && networkConfiguration)
    refuse('Network Configuration is not valid for the given networkMode of this task definition.')
  if (launchType === 'FARGATE' && !definition.compatibilities.includes('FARGATE')) {
    refuse('Task definition does not support launch_type FARGATE.')
  }
  for (const { capacityProvider = '' } of capacityProviderStrategy) {
    if (!cluster.capacityProviders.includes(capacityProvider)) {
      refuse(`The specified capacity provider '${capacityProvider}' was not found.`)
    }
  }
  const ec2 =
    launchType === 'EC2' ||
    capacityProviderStrategy.some(({ capacityProvider = '' }) => !capacityProvider.startsWith('FARGATE'))
  if (ec2 && networkConfiguration?.awsvpcConfiguration?.assignPublicIp === 'ENABLED') {
    refuse('Assign public IP is not supported for this launch type.')
  }
  const { minimumHealthyPercent = 100, maximumPercent = 200 } = deploymentConfiguration
  if (minimumHealthyPercent >= 100 && maximumPercent <= 100 && input.schedulingStrategy !== 'DAEMON') {
    refuse('The maximumPercent must be greater than the minimumHealthyPercent.')
  }
  if (input.availabilityZoneRebalancing === 'ENABLED' && maximumPercent <= 100) {
    refuse('The maximumPercent must be greater than 100 when availabilityZoneRebalancing is ENABLED.')
  }
  checkLoadBalancers(world, call, input, definition)
}

function checkLoadBalancers(
  world: World,
  call: Call,
  { loadBalancers = [] }: CreateServiceCommandInput,
  { input }: TaskDefinitionState,
): void {
  for (const { targetGroupArn, containerName, containerPort } of loadBalancers) {
    const container = input.containerDefinitions?.find(({ name }) => name === containerName)
    if (!container) refuse(`The container ${containerName} does not exist in the task definition.`)
    if (!container?.portMappings?.some((mapping) => mapping.containerPort === containerPort)) {
      refuse(`The container ${containerName} did not have a container port ${containerPort} defined.`)
    }
    if (targetGroupArn === undefined) continue
    const { TargetGroups: [group] = [] } = world.services.elasticloadbalancing.DescribeTargetGroups(
      { TargetGroupArns: [targetGroupArn] },
      call,
    )
    if ((group?.LoadBalancerArns ?? []).length === 0) {
      refuse(`The target group with targetGroupArn ${targetGroupArn} does not have an associated load balancer.`)
    }
    const wanted = input.networkMode === 'awsvpc' ? 'ip' : 'instance'
    if (group?.TargetType !== wanted) {
      refuse(
        `The provided target group ${targetGroupArn} has target type ${group?.TargetType}, which is incompatible with the ${input.networkMode ?? 'bridge'} network mode specified in the task definition.`,
      )
    }
  }
}
