import type { World } from './world.ts'

/** Where the ports of a container really are, by the tasks' ARNs. */
type Reached = Readonly<Record<string, Readonly<Record<number, string>>>>

/** Public addresses are made up; on this machine each port of a container is one of loopback. Simulated ones have none. */
export function reachedTasks({ runtime, region }: World, name: string): Reached {
  const tasks = Object.values(region(name).ecs.tasks).filter(({ lastStatus }) => lastStatus === 'RUNNING')
  return Object.fromEntries(
    tasks.map(({ arn, containers }) => {
      const real = containers.filter(({ runtimeId }) => runtimeId !== undefined && !runtime.responder(runtimeId))
      const at = real.flatMap(({ ports }) =>
        ports.map(({ containerPort, hostPort, reachedAt = hostPort }) => [containerPort, `127.0.0.1:${reachedAt}`]),
      )
      return [arn, Object.fromEntries(at)]
    }),
  )
}
