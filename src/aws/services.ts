import type { Deployment, ListTasksCommandInput, Service, Task } from '@aws-sdk/client-ecs'
import type { Action } from '@aws-sdk/client-elastic-load-balancing-v2'
import type { DeploymentInfo, ServiceInfo, Services, TaskInfo } from '../context.ts'
import { publicAddresses } from './addresses.ts'
import type { Clients } from './clients.ts'
import { isNotFound } from './errors.ts'
import { allPages, batches } from './pages.ts'

/** DescribeTasks takes this many at once. */
const BATCH = 100
const REVISION_BATCH = 10
const GONE = ['ServiceNotFoundException', 'ServiceNotActiveException', 'ClusterNotFoundException']

export function services(clients: Clients): Services {
  const { ecs, elb, logs } = clients
  async function tasksOf(which: ListTasksCommandInput): Promise<TaskInfo[]> {
    const { DescribeTasksCommand, ListTasksCommand } = await import('@aws-sdk/client-ecs')
    const client = await ecs()
    const arns = await allPages(async (nextToken) => {
      const { taskArns = [], nextToken: next } = await client.send(new ListTasksCommand({ ...which, nextToken }))
      return { items: taskArns, next }
    })
    const all: TaskInfo[] = []
    for (const batch of batches(arns, BATCH)) {
      const { tasks = [] } = await client.send(new DescribeTasksCommand({ cluster: which.cluster, tasks: batch }))
      all.push(...tasks.map(taskInfo))
    }
    return all
  }

  async function goingOn(cluster: string, service: string): Promise<string | undefined> {
    const { ListServiceDeploymentsCommand } = await import('@aws-sdk/client-ecs')
    const { serviceDeployments: [newest] = [] } = await (await ecs()).send(
      new ListServiceDeploymentsCommand({ cluster, service, status: ['PENDING', 'IN_PROGRESS'] }),
    )
    return newest?.serviceDeploymentArn
  }

  async function describe(cluster: string, service: string): Promise<Service | undefined> {
    const { DescribeServicesCommand } = await import('@aws-sdk/client-ecs')
    try {
      const { services: [found] = [] } = await (await ecs()).send(
        new DescribeServicesCommand({ cluster, services: [service] }),
      )
      return found && found.status !== 'INACTIVE' ? found : undefined
    } catch (error) {
      if (isNotFound(error, 'ClusterNotFoundException')) return undefined
      throw error
    }
  }

  /** Of a rule, or of a listener of a network load balancer. */
  async function actionsOf(arn: string): Promise<readonly Action[]> {
    const { DescribeListenersCommand, DescribeRulesCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2')
    const client = await elb()
    if (arn.includes(':listener-rule/')) {
      const { Rules = [] } = await client.send(new DescribeRulesCommand({ RuleArns: [arn] }))
      return Rules.flatMap(({ Actions = [] }) => Actions)
    }
    const { Listeners = [] } = await client.send(new DescribeListenersCommand({ ListenerArns: [arn] }))
    return Listeners.flatMap(({ DefaultActions = [] }) => DefaultActions)
  }

  return {
    async find(cluster, service) {
      const found = await describe(cluster, service)
      return found && serviceInfo(found)
    },

    tasks: (cluster, service, state) => unlessGone(tasksOf({ cluster, serviceName: service, desiredStatus: state })),
    stopped: (cluster, family) => unlessGone(tasksOf({ cluster, family, desiredStatus: 'STOPPED' })),

    async targets(targetGroup) {
      const { DescribeTargetHealthCommand } = await import('@aws-sdk/client-elastic-load-balancing-v2')
      try {
        const command = new DescribeTargetHealthCommand({ TargetGroupArn: targetGroup })
        const { TargetHealthDescriptions = [] } = await (await elb()).send(command)
        return TargetHealthDescriptions.map(({ Target, TargetHealth }) => ({
          target: `${Target?.Id}:${Target?.Port}`,
          state: TargetHealth?.State ?? 'unknown',
          reason: TargetHealth?.Description ?? '',
        }))
      } catch (error) {
        if (isNotFound(error, 'TargetGroupNotFoundException', 'TargetGroupNotFound')) return []
        throw error
      }
    },

    publicAddresses: publicAddresses(clients),

    async shift(cluster, service) {
      const arn = await goingOn(cluster, service)
      if (arn === undefined) return undefined
      const { DescribeServiceDeploymentsCommand } = await import('@aws-sdk/client-ecs')
      const { serviceDeployments: [found] = [] } = await (await ecs()).send(
        new DescribeServiceDeploymentsCommand({ serviceDeploymentArns: [arn] }),
      )
      if (!found?.lifecycleStage) return undefined
      const { requestedProductionTrafficWeight = 0 } = found.targetServiceRevision ?? {}
      return { stage: found.lifecycleStage, traffic: requestedProductionTrafficWeight }
    },

    async traffic(cluster, service) {
      const found = await describe(cluster, service)
      const [{ targetGroupArn, advancedConfiguration } = {}] = found?.loadBalancers ?? []
      const { productionListenerRule: rule } = advancedConfiguration ?? {}
      if (rule === undefined) return undefined
      const groups = (await actionsOf(rule)).flatMap(({ ForwardConfig }) => ForwardConfig?.TargetGroups ?? [])
      const { Weight = 0 } = groups.find(({ TargetGroupArn }) => TargetGroupArn === targetGroupArn) ?? {}
      return Weight > 0 ? 'first' : 'second'
    },

    async takeBack(cluster, service) {
      const arn = await goingOn(cluster, service)
      if (arn === undefined) return false
      const { StopServiceDeploymentCommand } = await import('@aws-sdk/client-ecs')
      try {
        await (await ecs()).send(new StopServiceDeploymentCommand({ serviceDeploymentArn: arn, stopType: 'ROLLBACK' }))
        return true
      } catch (error) {
        // It has ended meanwhile, or goes back already.
        if (isNotFound(error, 'ConflictException', 'ServiceDeploymentNotFoundException')) return false
        throw error
      }
    },

    async lastLines(logGroup, stream, count) {
      const { GetLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs')
      try {
        const { events = [] } = await (await logs()).send(
          new GetLogEventsCommand({ logGroupName: logGroup, logStreamName: stream, limit: count }),
        )
        return events.map(({ message = '' }) => message)
      } catch (error) {
        if (isNotFound(error, 'ResourceNotFoundException')) return []
        throw error
      }
    },

    async images(taskDefinition) {
      const { DescribeTaskDefinitionCommand } = await import('@aws-sdk/client-ecs')
      const { taskDefinition: found } = await (await ecs()).send(new DescribeTaskDefinitionCommand({ taskDefinition }))
      return Object.fromEntries((found?.containerDefinitions ?? []).map(({ name = '', image = '' }) => [name, image]))
    },

    async scale(cluster, service, count) {
      const { UpdateServiceCommand } = await import('@aws-sdk/client-ecs')
      try {
        await (await ecs()).send(new UpdateServiceCommand({ cluster, service, desiredCount: count }))
      } catch (error) {
        if (!isNotFound(error, ...GONE)) throw error
      }
    },

    async removeRevisions(family) {
      const { DeleteTaskDefinitionsCommand, DeregisterTaskDefinitionCommand, ListTaskDefinitionsCommand } =
        await import('@aws-sdk/client-ecs')
      const client = await ecs()
      const revisions = (status: 'ACTIVE' | 'INACTIVE') =>
        allPages(async (nextToken) => {
          const { taskDefinitionArns = [], nextToken: next } = await client.send(
            new ListTaskDefinitionsCommand({ familyPrefix: family, status, nextToken }),
          )
          // The prefix finds other families that begin with the same letters.
          return { items: taskDefinitionArns.filter((arn) => arn.split('/').at(-1)?.split(':')[0] === family), next }
        })
      // Somebody else may have removed them since they were listed, or this very call, whose answer was lost.
      const unlessGone = (sent: Promise<unknown>) =>
        sent.catch((error: unknown) => {
          if (!isNotFound(error, 'ClientException')) throw error
        })
      for (const arn of await revisions('ACTIVE')) {
        await unlessGone(client.send(new DeregisterTaskDefinitionCommand({ taskDefinition: arn })))
      }
      const inactive = await revisions('INACTIVE')
      for (const taskDefinitions of batches(inactive, REVISION_BATCH)) {
        await unlessGone(client.send(new DeleteTaskDefinitionsCommand({ taskDefinitions })))
      }
      return inactive.length
    },
  }
}

const serviceInfo = (service: Service): ServiceInfo => ({
  arn: service.serviceArn ?? '',
  status: service.status ?? '',
  desired: service.desiredCount ?? 0,
  daemon: service.schedulingStrategy === 'DAEMON',
  running: service.runningCount ?? 0,
  pending: service.pendingCount ?? 0,
  taskDefinition: service.taskDefinition ?? '',
  deployments: (service.deployments ?? []).map(deploymentInfo),
  targetGroups: (service.loadBalancers ?? []).map(({ targetGroupArn, advancedConfiguration }) =>
    [targetGroupArn, advancedConfiguration?.alternateTargetGroupArn].filter((group) => group !== undefined),
  ),
  events: (service.events ?? []).map(({ createdAt = new Date(0), message = '' }) => ({ at: createdAt, text: message })),
})

const deploymentInfo = (deployment: Deployment): DeploymentInfo => ({
  id: deployment.id ?? '',
  primary: deployment.status === 'PRIMARY',
  taskDefinition: deployment.taskDefinition ?? '',
  state: deployment.rolloutState ?? 'COMPLETED',
  reason: deployment.rolloutStateReason ?? '',
  failedTasks: deployment.failedTasks ?? 0,
  running: deployment.runningCount ?? 0,
  desired: deployment.desiredCount ?? 0,
  createdAt: deployment.createdAt ?? new Date(0),
  updatedAt: deployment.updatedAt ?? new Date(0),
})

const taskInfo = (task: Task): TaskInfo => ({
  id: task.taskArn?.split('/').at(-1) ?? '',
  arn: task.taskArn ?? '',
  taskDefinition: task.taskDefinitionArn ?? '',
  startedBy: task.startedBy,
  status: task.lastStatus ?? '',
  health: task.healthStatus ?? 'UNKNOWN',
  startedAt: task.startedAt,
  stoppedAt: task.stoppedAt,
  stopCode: task.stopCode,
  stoppedReason: task.stoppedReason,
  networkInterface: task.attachments
    ?.flatMap(({ details = [] }) => details)
    .find(({ name }) => name === 'networkInterfaceId')?.value,
  instance: task.containerInstanceArn,
  ports: (task.containers ?? []).flatMap(({ networkBindings = [] }) =>
    networkBindings.flatMap(({ containerPort, hostPort }) =>
      containerPort === undefined || hostPort === undefined ? [] : [{ container: containerPort, host: hostPort }],
    ),
  ),
  containers: (task.containers ?? []).map((container) => ({
    name: container.name ?? '',
    exitCode: container.exitCode,
    reason: container.reason,
    imageDigest: container.imageDigest,
    image: container.image ?? '',
    gpus: container.gpuIds?.length ?? 0,
  })),
})

/** What is not there has no tasks. */
async function unlessGone(tasks: Promise<TaskInfo[]>): Promise<TaskInfo[]> {
  try {
    return await tasks
  } catch (error) {
    if (isNotFound(error, ...GONE)) return []
    throw error
  }
}
