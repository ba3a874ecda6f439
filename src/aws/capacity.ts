import type { Activity } from '@aws-sdk/client-auto-scaling'
import type { Capacity, Poll } from '../context.ts'
import type { Launch } from '../plan/verdict.ts'
import { type Connection, lazyClient } from './clients.ts'
import { isNotFound } from './errors.ts'

const NEWEST_ACTIVITIES = 30

export function capacity(connection: Connection, poll: Poll): Capacity {
  const ecs = lazyClient(connection, async () => (await import('@aws-sdk/client-ecs')).ECSClient)
  const autoscaling = lazyClient(
    connection,
    async () => (await import('@aws-sdk/client-auto-scaling')).AutoScalingClient,
  )

  return {
    async instances(cluster) {
      const { DescribeContainerInstancesCommand, ListContainerInstancesCommand } = await import('@aws-sdk/client-ecs')
      const client = await ecs()
      try {
        const { containerInstanceArns = [] } = await client.send(new ListContainerInstancesCommand({ cluster }))
        if (containerInstanceArns.length === 0) return []
        const { containerInstances = [] } = await client.send(
          new DescribeContainerInstancesCommand({ cluster, containerInstances: containerInstanceArns }),
        )
        return containerInstances.map((instance) => {
          const attribute = (name: string) => instance.attributes?.find((one) => one.name === name)?.value ?? ''
          const gpus = instance.registeredResources?.find(({ name }) => name === 'GPU')?.stringSetValue ?? []
          return {
            id: instance.ec2InstanceId ?? '',
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
      const { Activities = [] } = await client.send(command)
      return Activities.filter(
        ({ Description = '', StartTime }) =>
          Description.startsWith('Launching a new EC2 instance') && (StartTime ?? since) >= since,
      ).map(launch)
    },

    async empty(autoScalingGroup) {
      const { DescribeAutoScalingGroupsCommand, SetInstanceProtectionCommand, UpdateAutoScalingGroupCommand } =
        await import('@aws-sdk/client-auto-scaling')
      const client = await autoscaling()
      const describe = async () => {
        const command = new DescribeAutoScalingGroupsCommand({ AutoScalingGroupNames: [autoScalingGroup] })
        return (await client.send(command)).AutoScalingGroups?.[0]
      }
      const group = await describe()
      if (!group) return
      const protectedOnes = (group.Instances ?? []).filter(({ ProtectedFromScaleIn }) => ProtectedFromScaleIn)
      if (protectedOnes.length > 0) {
        const InstanceIds = protectedOnes.flatMap(({ InstanceId }) => InstanceId ?? [])
        await client.send(
          new SetInstanceProtectionCommand({
            AutoScalingGroupName: autoScalingGroup,
            InstanceIds,
            ProtectedFromScaleIn: false,
          }),
        )
      }
      await client.send(
        new UpdateAutoScalingGroupCommand({
          AutoScalingGroupName: autoScalingGroup,
          MinSize: 0,
          MaxSize: 0,
          DesiredCapacity: 0,
        }),
      )
      await poll(async () => ((await describe())?.Instances ?? []).length === 0 || undefined)
    },
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
