import type { CapacityProviderStrategyItem, CreateServiceCommandInput } from '@aws-sdk/client-ecs'
import { clusterQuery } from './cluster-query.ts'
import { refuseService } from './refusals.ts'
import type { TaskDefinitionState } from './state.ts'

/** What ECS refuses of where a service's tasks are to run. */
export function checkPlacement(input: CreateServiceCommandInput, definition: TaskDefinitionState): void {
  const { launchType, capacityProviderStrategy = [], placementConstraints = [], placementStrategy = [] } = input
  if (launchType === 'EXTERNAL') checkExternal(input, definition)
  if (input.schedulingStrategy === 'DAEMON') checkDaemon(input)
  checkProviders(capacityProviderStrategy)
  for (const { expression = '', type } of placementConstraints) if (type === 'memberOf') clusterQuery(expression)
  if (launchType !== 'FARGATE' && !capacityProviderStrategy.some(isFargate)) return
  if (placementConstraints.length > 0)
    refuseService('Placement constraints are not supported with FARGATE launch type.')
  if (placementStrategy.length > 0) refuseService('Placement strategies are not supported with FARGATE launch type.')
}

/** Instances that are not AWS's have no interfaces and no load balancers of it. */
function checkExternal({ loadBalancers = [] }: CreateServiceCommandInput, { input }: TaskDefinitionState): void {
  if (input.networkMode === 'awsvpc') refuseService('The EXTERNAL launch type does not support network mode awsvpc.')
  if (loadBalancers.length > 0) refuseService('Load balancers are not supported with the EXTERNAL launch type.')
}

function checkDaemon({
  launchType,
  capacityProviderStrategy = [],
  placementStrategy = [],
  desiredCount,
  deploymentConfiguration: { maximumPercent = 100 } = {},
  availabilityZoneRebalancing,
}: CreateServiceCommandInput): void {
  if (launchType === 'FARGATE')
    refuseService('The daemon scheduling strategy is not supported with the FARGATE launch type.')
  if (capacityProviderStrategy.length > 0) {
    refuseService('A capacity provider strategy is not supported with the daemon scheduling strategy.')
  }
  if (placementStrategy.length > 0)
    refuseService('Placement strategies are not supported with daemon scheduling strategy.')
  if (desiredCount !== undefined) {
    refuseService(
      'The daemon scheduling strategy does not support a desired count for services. Remove the desired count value and try again.',
    )
  }
  if (maximumPercent !== 100) refuseService('The daemon scheduling strategy requires maximumPercent to be 100.')
  if (availabilityZoneRebalancing === 'ENABLED') {
    refuseService('Availability zone rebalancing is not supported with the daemon scheduling strategy.')
  }
}

const isFargate = ({ capacityProvider = '' }: CapacityProviderStrategyItem): boolean =>
  capacityProvider.startsWith('FARGATE')

function checkProviders(strategy: readonly CapacityProviderStrategyItem[]): void {
  if (strategy.length === 0) return
  if (strategy.some(isFargate) && !strategy.every(isFargate)) {
    refuseService(
      'A capacity provider strategy cannot contain a mix of capacity providers using Auto Scaling groups and Fargate providers. Specify one or the other and try again.',
    )
  }
  if (strategy.filter(({ base = 0 }) => base > 0).length > 1) {
    refuseService('Only one capacity provider in a strategy can have a base value defined.')
  }
  if (strategy.length > 1 && strategy.every(({ weight = 0 }) => weight === 0)) {
    refuseService('At least one capacity provider in a strategy must have a weight greater than 0.')
  }
}
