import type { World } from '../../world.ts'

/** What becomes of an item by itself: for a state the seconds that it lasts, and what happens then. */
export type Fate<State extends string> = {
  readonly [Name in State]?: readonly [seconds: number, then: () => void]
}

/** Lets an item live through its states until one lasts. Says nothing about the past: it may be called again at any time. */
export function age<State extends string>(world: World, state: () => State | undefined, fate: Fate<State>): void {
  world.background(async (signal) => {
    for (;;) {
      const now = state()
      const next = now && fate[now]
      if (!next) return
      const [seconds, then] = next
      await world.clock.sleep(seconds * 1000, signal)
      if (state() === now) then()
    }
  })
}
