import { createHash } from 'node:crypto'
import type { ContainerDefinition, Volume } from '@aws-sdk/client-ecs'
import { OWNER_LABEL } from '../../runtime/labels.ts'
import type { ContainerMount } from '../../runtime/runtime.ts'
import type { Call, World } from '../../world.ts'
import { efsMount } from './efs-volumes.ts'
import { ecsOf } from './find.ts'
import type { TaskDefinitionState, TaskState } from './state.ts'

/** A volume as the engine knows it, wherever a container mounts it. */
export type VolumePart = Omit<ContainerMount, 'path' | 'readOnly'>

interface Place {
  readonly world: World
  readonly call: Call
  readonly task: TaskState
  readonly definition: TaskDefinitionState
}

/** What a container mounts: its own mount points, and those of the containers that it takes them from. */
export function mountsOf(place: Place, declared: ContainerDefinition): ContainerMount[] {
  const { volumes = [], containerDefinitions = [] } = place.definition.input
  const own = (declared.mountPoints ?? []).flatMap(({ sourceVolume, containerPath = '', readOnly = false }) => {
    const volume = volumes.find(({ name }) => name === sourceVolume)
    return volume ? [{ ...volumePart(place, volume), path: containerPath, readOnly }] : []
  })
  const taken = (declared.volumesFrom ?? []).flatMap(({ sourceContainer, readOnly }) => {
    const other = containerDefinitions.find(({ name }) => name === sourceContainer)
    return other ? mountsOf(place, other).map((mount) => ({ ...mount, readOnly: readOnly ?? mount.readOnly })) : []
  })
  return [...own, ...taken]
}

function volumePart(place: Place, volume: Volume): VolumePart {
  const { world, call, task } = place
  const { name = '', host, dockerVolumeConfiguration: docker, fsxWindowsFileServerVolumeConfiguration: fsx } = volume
  if (volume.efsVolumeConfiguration) return efsMount(world, call, task, volume.efsVolumeConfiguration)
  if (fsx) return lasting(world, 'fsx', `${fsx.fileSystemId}/${fsx.rootDirectory}`, { filled: false })
  // An instance of the embedded AWS has no disk: a directory of it is a volume that lasts as long as the instance.
  const machine = task.containerInstanceArn ?? task.arn
  if (host?.sourcePath) return lasting(world, machine, host.sourcePath, { filled: false })
  if (docker?.scope === 'shared') return lasting(world, machine, `volume ${name}`, { filled: true })
  return {
    volume: `ecs-${task.id.slice(0, 12)}-${name}`,
    labels: taskLabels(world, task),
    // A disk of its own comes empty; what Docker makes takes what the image has at the place.
    filled: volume.configuredAtLaunch !== true,
  }
}

function lasting(world: World, owner: string, what: string, { filled }: Pick<VolumePart, 'filled'>): VolumePart {
  const hash = createHash('sha256').update(`${world.id} ${owner} ${what}`).digest('hex')
  return { volume: `embedded-aws-${hash.slice(0, 24)}`, labels: machineLabels(world, owner), filled }
}

const machineLabels = (world: World, machine: string): Record<string, string> => ({
  [OWNER_LABEL]: world.id,
  'embedded-aws.machine': machine,
})

const taskLabels = (world: World, { arn }: TaskState): Record<string, string> => ({
  [OWNER_LABEL]: world.id,
  'com.amazonaws.ecs.task-arn': arn,
})

/** What a task had to itself goes with it, and what its instance had when that is gone. */
export async function removeTaskVolumes(
  world: World,
  { region }: Call,
  task: TaskState,
  definition: TaskDefinitionState,
): Promise<void> {
  if ((definition.input.volumes ?? []).length === 0) return
  await world.runtime.removeVolumes(taskLabels(world, task))
  const { containerInstanceArn: machine } = task
  if (machine !== undefined && !ecsOf(world, region).containerInstances[machine])
    await removeMachineVolumes(world, machine)
}

export const removeMachineVolumes = (world: World, machine: string): Promise<void> =>
  world.runtime.removeVolumes(machineLabels(world, machine))
