import type * as Sdk from '@aws-sdk/client-ec2'
import type { World } from '../../world.ts'
import { agentLost, agentStarted } from '../ecs/agent.ts'
import { disconnect } from './addresses.ts'
import { age } from './age.ts'
import { interruptIfOrdered } from './spot.ts'
import type { Ec2State, Instance } from './state.ts'

const CODES: Record<Sdk.InstanceStateName, number> = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
}

export const stateOf = (Name: Sdk.InstanceStateName): Instance['State'] => ({ Name, Code: CODES[Name] })

const SECONDS_PENDING = 10
/** From running to a registered ECS agent. */
const SECONDS_TO_BOOT = 20
const SECONDS_SHUTTING_DOWN = 30
const SECONDS_SHOWN_AFTERWARDS = 3600

/** Lets an instance start, boot its ECS agent, shut down and vanish. */
export function ageInstance(world: World, region: string, id: string): void {
  const { ec2 } = world.region(region)
  const instance = ec2.instances[id]
  if (!instance) return
  const state = () => {
    const name = ec2.instances[id]?.State.Name
    return name === 'running' && instance.UserData && !instance.agent ? 'booting' : name
  }
  age(world, state, {
    pending: [
      SECONDS_PENDING,
      () => {
        instance.State = stateOf('running')
        interruptIfOrdered(world, region, instance)
      },
    ],
    booting: [
      SECONDS_TO_BOOT,
      () => {
        instance.agent = true
        agentStarted(world, region, id)
      },
    ],
    'shutting-down': [
      SECONDS_SHUTTING_DOWN,
      () => {
        instance.State = stateOf('terminated')
        removeInterfaces(ec2, id)
        agentLost(world, region, id)
      },
    ],
    terminated: [SECONDS_SHOWN_AFTERWARDS, () => delete ec2.instances[id]],
  })
}

function removeInterfaces(ec2: Ec2State, instanceId: string): void {
  for (const address of Object.values(ec2.addresses)) {
    if (address.InstanceId === instanceId) disconnect(ec2, address)
  }
  for (const { NetworkInterfaceId, Attachment } of Object.values(ec2.networkInterfaces)) {
    if (Attachment?.InstanceId === instanceId) delete ec2.networkInterfaces[NetworkInterfaceId]
  }
}

export function terminate(world: World, region: string, instance: Instance): void {
  shutDown(world, region, instance, 'Client.UserInitiatedShutdown', 'User initiated shutdown')
}

export function shutDown(world: World, region: string, instance: Instance, code: string, text: string): void {
  const who = code.startsWith('Client.') ? 'User' : 'Service'
  instance.State = stateOf('shutting-down')
  instance.StateTransitionReason = `${who} initiated (${world.clock.now().toISOString().slice(0, 19).replace('T', ' ')} GMT)`
  instance.StateReason = { Code: code, Message: `${code}: ${text}` }
  ageInstance(world, region, instance.InstanceId)
}
