import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { ECS } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { TestWorld } from './context.ts'

/**
 * What the embedded AWS itself says, whatever img2vid believes: how each stack stands, which definitions run and are in
 * service, and whether each service runs what it is told to.
 */
export async function truth({ aws }: TestWorld): Promise<readonly string[]> {
  const { Stacks: stacks = [] } = await new CloudFormation(aws.client).describeStacks({})
  const ecs = new ECS(aws.client)
  const { clusterArns = [] } = await ecs.listClusters({})
  const services = await Promise.all(clusterArns.map((cluster) => servicesOf(cluster, aws.client, ecs)))
  return [...stacks.map(({ StackName, StackStatus }) => `${StackName} ${StackStatus}`).sort(), ...services.flat()]
}

async function servicesOf(cluster: string, client: TestWorld['aws']['client'], ecs: ECS): Promise<string[]> {
  const { taskArns = [] } = await ecs.listTasks({ cluster })
  const { tasks = [] } = taskArns.length > 0 ? await ecs.describeTasks({ cluster, tasks: taskArns }) : {}
  const { serviceArns = [] } = await ecs.listServices({ cluster })
  const { services = [] } = serviceArns.length > 0 ? await ecs.describeServices({ cluster, services: serviceArns }) : {}
  const elb = new ElasticLoadBalancingV2(client)
  return Promise.all(
    services.map(async ({ desiredCount, taskDefinition, loadBalancers = [] }) => {
      const running = tasks.filter(({ lastStatus }) => lastStatus === 'RUNNING')
      const health = await Promise.all(
        loadBalancers.map(({ targetGroupArn }) => elb.describeTargetHealth({ TargetGroupArn: targetGroupArn })),
      )
      const healthy = health.every(({ TargetHealthDescriptions = [] }) =>
        TargetHealthDescriptions.some(({ TargetHealth }) => TargetHealth?.State === 'healthy'),
      )
      const definitions = [...new Set(running.map(({ taskDefinitionArn }) => nameOf(taskDefinitionArn)))]
      const told = nameOf(taskDefinition)
      if (definitions.length === 1 && definitions[0] === told && running.length === desiredCount && healthy)
        return `${told} in service`
      return `${told} of which run: ${definitions.join(', ') || 'none'}${healthy ? '' : ', unhealthy'}`
    }),
  )
}

const nameOf = (arn: string | undefined): string => arn?.split('/').at(-1) ?? ''

export const stackStatuses = (is: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(is.flatMap((one) => (/^\S+ [A-Z_]+$/.test(one) ? [one.split(' ')] : [])))

export const inService = (is: readonly string[]): boolean => is.some((one) => one.endsWith(' in service'))
