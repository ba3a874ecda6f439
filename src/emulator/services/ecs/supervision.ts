import { bellOf } from '../../bell.ts'
import type { Call, World } from '../../world.ts'
import type { CapacityProviderState } from './state.ts'

const MADE = 'capacity-provider'

/** Wakes those who look after capacity providers. */
export const providerMade = (world: World): void => bellOf(world, MADE).ring()

/** Looks after capacity providers of a kind every so many seconds; while there is none, it sleeps. */
export function superviseProviders<Provider extends CapacityProviderState>(
  world: World,
  seconds: number,
  isMeant: (provider: CapacityProviderState) => provider is Provider,
  look: (call: Call, provider: Provider) => void,
): void {
  const meant = () =>
    Object.entries(world.state.regions).flatMap(([region, { ecs }]) =>
      Object.values(ecs.capacityProviders)
        .filter(isMeant)
        .map((provider) => ({ region, provider })),
    )
  world.background(async (signal) => {
    while (!signal.aborted) {
      while (meant().length === 0 && !signal.aborted) await bellOf(world, MADE).wait(signal)
      await world.clock.sleep(seconds * 1000, signal)
      for (const { region, provider } of meant()) look({ region, requestId: world.random.uuid() }, provider)
    }
  })
}
