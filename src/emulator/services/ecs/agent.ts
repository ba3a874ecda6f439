import type { InstanceTypeInfo } from '@aws-sdk/client-ec2'
import { arn, type World } from '../../world.ts'
import { publicAmis } from '../ec2/amis.ts'
import { setStatus, tasksOn } from './container-instances.ts'
import { ecsOf } from './find.ts'
import { memoryForTasks } from './needs.ts'
import { stopTask } from './stop-task.ts'
import { removeMachineVolumes } from './volumes.ts'

/** The ECS agent of an instance that has booted: registers it with the cluster that its user data names. */
export function agentStarted(world: World, region: string, instanceId: string): void {
  const instance = world.region(region).ec2.instances[instanceId]
  const settings = agentSettings(instance?.UserData)
  const call = { region, requestId: world.random.uuid() }
  const { ecs, ec2, autoscaling } = world.services
  const cluster = Object.values(ecsOf(world, region).clusters).find(
    ({ name, status }) => name === (settings.ECS_CLUSTER ?? 'default') && status === 'ACTIVE',
  )
  if (!instance || !cluster) return
  const { InstanceTypes: [type] = [] } = ec2.DescribeInstanceTypes(
    { InstanceTypes: [instance.InstanceType ?? 't3.micro'] },
    call,
  )
  const { AutoScalingInstances: [member] = [] } = autoscaling.DescribeAutoScalingInstances(
    { InstanceIds: [instanceId] },
    call,
  )
  const { capacityProviders = [] } = ecs.DescribeCapacityProviders({}, call)
  const provider = capacityProviders.find(({ autoScalingGroupProvider }) =>
    autoScalingGroupProvider?.autoScalingGroupArn?.endsWith(`/${member?.AutoScalingGroupName}`),
  )
  const zone = instance.Placement?.AvailabilityZone ?? ''
  const instanceArn = arn(world, 'ecs', region, `container-instance/${cluster.name}/${world.random.hex(32)}`)
  ecsOf(world, region).containerInstances[instanceArn] = {
    arn: instanceArn,
    clusterArn: cluster.arn,
    ec2InstanceId: instanceId,
    status: 'ACTIVE',
    agentConnected: true,
    registeredAt: world.clock.now(),
    cpu: (type?.VCpuInfo?.DefaultVCpus ?? 1) * 1024,
    memoryMiB: memoryForTasks(type?.MemoryInfo?.SizeInMiB ?? 1024),
    gpuIds: supportsGpus(region, instance.ImageId, settings)
      ? gpusOf(type).map(() => `GPU-${world.random.uuid()}`)
      : [],
    availabilityZone: zone,
    attributes: [
      { name: 'ecs.availability-zone', value: zone },
      { name: 'ecs.instance-type', value: instance.InstanceType ?? '' },
      { name: 'ecs.ami-id', value: instance.ImageId ?? '' },
      { name: 'ecs.os-type', value: 'linux' },
      { name: 'ecs.cpu-architecture', value: type?.ProcessorInfo?.SupportedArchitectures?.[0] ?? 'x86_64' },
      ...customAttributes(settings.ECS_INSTANCE_ATTRIBUTES),
    ],
    tags: [],
    ...(provider?.name !== undefined && { capacityProvider: provider.name }),
  }
}

/** The GPU image has the driver and tells the agent to look for GPUs; an image that is not AWS's has it if it tells so. */
function supportsGpus(
  region: string,
  imageId: string | undefined,
  { ECS_ENABLE_GPU_SUPPORT }: Record<string, string>,
): boolean {
  const ami = publicAmis(region).find((one) => one.imageId === imageId)
  return ami ? ami.kind.endsWith('-gpu') : ECS_ENABLE_GPU_SUPPORT === 'true'
}

const gpusOf = (type: InstanceTypeInfo | undefined): unknown[] =>
  Array.from({ length: (type?.GpuInfo?.Gpus ?? []).reduce((sum, { Count = 0 }) => sum + Count, 0) })

/** An agent that was told to drains its instance at the notice of a Spot interruption. */
export function agentWarned(world: World, region: string, instanceId: string): void {
  const settings = agentSettings(world.region(region).ec2.instances[instanceId]?.UserData)
  if (settings.ECS_ENABLE_SPOT_INSTANCE_DRAINING !== 'true') return
  for (const instance of Object.values(ecsOf(world, region).containerInstances)) {
    if (instance.ec2InstanceId === instanceId) setStatus(world, region, instance, 'DRAINING')
  }
}

/** The instance is gone, and its agent and tasks with it. */
export function agentLost(world: World, region: string, instanceId: string): void {
  for (const instance of Object.values(ecsOf(world, region).containerInstances)) {
    if (instance.ec2InstanceId !== instanceId) continue
    for (const task of tasksOn(world, region, instance)) {
      stopTask(world, task, 'TerminationNotice', `Host EC2 (instance ${instanceId}) terminated.`)
    }
    delete ecsOf(world, region).containerInstances[instance.arn]
    world.background(() => removeMachineVolumes(world, instance.arn))
  }
}

/** The agent's settings from the lines that user data writes to /etc/ecs/ecs.config, quoted or not. */
function agentSettings(userData: string | undefined): Record<string, string> {
  const script = Buffer.from(userData ?? '', 'base64').toString()
  const found = [...script.matchAll(/\b(ECS_[A-Z_]+)=("[^"]*"|'[^']*'|\S+)/g)]
  return Object.fromEntries(found.map(([, name = '', value = '']) => [name, value.replace(/^["']|["']$/g, '')]))
}

function customAttributes(json: string | undefined): { name: string; value: string }[] {
  try {
    return Object.entries(JSON.parse(json ?? '{}') as Record<string, string>).map(([name, value]) => ({ name, value }))
  } catch {
    return []
  }
}
