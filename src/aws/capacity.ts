import type { Activity } from '@aws-sdk/client-auto-scaling'
import type { Capacity, Poll } from '../context.ts'
import type { Launch } from '../plan/verdict.ts'
import type { Clients } from './clients.ts'
import { isNotFound } from './errors.ts'
import { allPages, batches } from './pages.ts'

const NEWEST_ACTIVITIES = 30
/** What DescribeContainerInstances and SetInstanceProtection take at once. */
const BATCH = 100
const PROTECTION_BATCH = 50
/** The attribute that ECS gives machines that are not AWS's. */
const EXTERNAL = 'ecs.capability.external'

export function capacity({ ecs, autoscaling }: Clients, poll: Poll): Capacity {
  async function describe(group: string) {
    const { DescribeAutoScalingGroupsCommand } = await import('@aws-sdk/client-auto-scaling')
    const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [group] })
    return (await (await autoscaling()).send(command)).AutoScalingGroups?.[0]
  }

  return {
    async instances(cluster) {
      const { DescribeContainerInstancesCommand, ListContainerInstancesCommand } = await import('@aws-sdk/client-ecs')
      const client = await ecs()
      try {
        const arns = await allPages(async (nextToken) => {
          const answer = await client.send(new ListContainerInstancesCommand({ cluster, nextToken }))
          return { items: answer.containerInstanceArns ?? [], next: answer.nextToken }
        })
        const described = await Promise.all(
          batches(arns, BATCH).map((containerInstances) =>
            client.send(new DescribeContainerInstancesCommand({ cluster, containerInstances })),
          ),
        )
        return described
          .flatMap(({ containerInstances = [] }) => containerInstances)
          .map((instance) => {
            const attribute = (name: string) => instance.attributes?.find((one) => one.name === name)?.value ?? ''
            const gpus = instance.registeredResources?.find(({ name }) => name === 'GPU')?.stringSetValue ?? []
            return {
              id: instance.ec2InstanceId ?? '',
              arn: instance.containerInstanceArn ?? '',
              external: instance.attributes?.some((one) => one.name === EXTERNAL) ?? false,
              type: attribute('ecs.instance-type'),
              status: instance.agentConnected ? (instance.status ?? '') : 'DISCONNECTED',
              gpus: gpus.length,
              tasks: instance.runningTasksCount ?? 0,
              zone: attribute('ecs.availability-zone'),
            }
          })
      } catch (error) {
        if (isNotFound(error, 'ClusterNotFoundException')) return []
        throw error
      }
    },

    async launches(autoScalingGroup, since) {
      const { DescribeScalingActivitiesCommand } = await import('@aws-sdk/client-auto-scaling')
      const client = await autoscaling()
      const command = new DescribeScalingActivitiesCommand({
        AutoScalingGroupName: autoScalingGroup,
        MaxRecords: NEWEST_ACTIVITIES,
      })
      const { Activities = [] } = (await unlessGone(client.send(command))) ?? {}
      return Activities.filter(
        ({ Description = '', StartTime }) =>
          Description.startsWith('Launching a new EC2 instance') && (StartTime ?? since) >= since,
      ).map(launch)
    },

    async outdated(autoScalingGroup) {
      const { Instances = [], MixedInstancesPolicy: mixed, LaunchTemplate } = (await describe(autoScalingGroup)) ?? {}
      const { LaunchTemplateSpecification = LaunchTemplate, Overrides = [] } = mixed?.LaunchTemplate ?? {}
      const types = new Set(Overrides.map(({ InstanceType }) => InstanceType))
      return Instances.filter(
        ({ InstanceType, LaunchTemplate: own, LifecycleState = '' }) =>
          !/^(Terminat|Detach|Warmed)/.test(LifecycleState) &&
          (own?.Version !== LaunchTemplateSpecification?.Version || (types.size > 0 && !types.has(InstanceType))),
      ).flatMap(({ InstanceId }) => InstanceId ?? [])
    },

    async release(cluster, instances) {
      const { DeregisterContainerInstanceCommand } = await import('@aws-sdk/client-ecs')
      const client = await ecs()
      for (const containerInstance of instances)
        await client.send(new DeregisterContainerInstanceCommand({ cluster, containerInstance, force: true }))
    },

    async restore(autoScalingGroup, least, most) {
      const { UpdateAutoScalingGroupCommand } = await import('@aws-sdk/client-auto-scaling')
      const group = await describe(autoScalingGroup)
      if ((group?.MaxSize ?? most) >= most) return
      const size = { MinSize: least, MaxSize: most }
      await (await autoscaling()).send(
        new UpdateAutoScalingGroupCommand({ AutoScalingGroupName: autoScalingGroup, ...size }),
      )
    },

    async empty(autoScalingGroup) {
      const { SetInstanceProtectionCommand, UpdateAutoScalingGroupCommand } = await import(
        '@aws-sdk/client-auto-scaling'
      )
      const client = await autoscaling()
      const group = await describe(autoScalingGroup)
      if (!group) return
      const protectedOnes = (group.Instances ?? []).filter(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn)
      const ids = protectedOnes.flatMap(({ InstanceId }) => InstanceId ?? [])
      for (const InstanceIds of batches(ids, PROTECTION_BATCH)) {
        const unprotected = { AutoScalingGroupName: autoScalingGroup, InstanceIds, ProtectedFromScaleIn: false }
        await client.send(new SetInstanceProtectionCommand(unprotected))
      }
      const command = new UpdateAutoScalingGroupCommand({
        AutoScalingGroupName: autoScalingGroup,
        MinSize: 0,
        MaxSize: 0,
        DesiredCapacity: 0,
      })
      await unlessGone(client.send(command))
      await poll(async () => ((await describe(autoScalingGroup))?.Instances ?? []).length === 0 || undefined)
    },
  }
}

/** A rollback may have taken the group away meanwhile. */
async function unlessGone<Answer>(sent: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await sent
  } catch (error) {
    if (/AutoScalingGroup name not found/.test((error as Error).message)) return undefined
    throw error
  }
}

const launch = ({ StartTime = new Date(0), StatusCode, StatusMessage = '', Details = '' }: Activity): Launch => ({
  at: StartTime,
  zone: /"Availability Zone":\s*"([^"]+)"/.exec(Details)?.[1] ?? 'a zone',
  state: /^(Failed|Cancelled)$/.test(StatusCode ?? '')
    ? 'failed'
    : StatusCode === 'Successful'
      ? 'succeeded'
      : 'going on',
  message: StatusMessage,
})
