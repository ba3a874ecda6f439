import type { ContainerDependency } from '@aws-sdk/client-ecs'
import type { ContainerState, TaskDefinitionState, TaskState } from './state.ts'

/** What a container waits for; one that it links to has to be there first. */
function dependencies(task: TaskState, { input }: TaskDefinitionState, { name }: ContainerState) {
  const { dependsOn = [], links = [] } = input.containerDefinitions?.find((one) => one.name === name) ?? {}
  const linked = links.map((link) => ({ containerName: link.split(':')[0], condition: 'START' as const }))
  return [...dependsOn, ...linked].flatMap(({ containerName, condition }) => {
    const other = task.containers.find((one) => one.name === containerName)
    return other ? [{ other, condition }] : []
  })
}

export const dependenciesMet = (task: TaskState, definition: TaskDefinitionState, container: ContainerState): boolean =>
  dependencies(task, definition, container).every(({ other, condition }) => isMet(other, condition))

function isMet(other: ContainerState, condition: ContainerDependency['condition']): boolean {
  if (condition === 'COMPLETE') return other.lastStatus === 'STOPPED'
  if (condition === 'SUCCESS') return other.lastStatus === 'STOPPED' && other.exitCode === 0
  if (condition === 'HEALTHY') return other.health === 'HEALTHY'
  return other.lastStatus !== 'PENDING'
}

/** Why the container can never start, in the agent's words; undefined while there is hope. */
export function hopeless(
  task: TaskState,
  definition: TaskDefinitionState,
  container: ContainerState,
): string | undefined {
  const failed = dependencies(task, definition, container).find(
    ({ other, condition }) => (other.lastStatus === 'STOPPED' || other.overdue) && !isMet(other, condition),
  )
  if (!failed) return undefined
  const { other, condition } = failed
  if (other.lastStatus !== 'STOPPED') {
    return `CannotStartContainerError: dependency graph: container ordering dependency [${other.name}] for target [${container.name}] has timed out.`
  }
  const why = condition === 'SUCCESS' ? 'did not exit successfully' : 'is not healthy'
  return `CannotStartContainerError: dependency graph: failed to resolve container ordering dependency [${other.name}(${other.image}) (STOPPED->RUNNING) - Exit: ${other.exitCode}] for target [${container.name}(${container.image}) (NONE->RUNNING)] as dependency ${why}.`
}
