/** A process that may be killed: from then on nothing that it waits for ever comes to it. */
export interface Life {
  /** Resolves when it is killed. */
  readonly killed: Promise<void>
  isOver(): boolean
  /** It ends by itself: what it still waits for does not come either. */
  leave(): void
  /** Waits as the process does; it may be killed right before it, with the effect not begun, or right after it. */
  through<Result>(effect: () => Promise<Result>): Promise<Result>
}

/** Killed after so many beginnings and ends of waits. */
export function mortal(breaths = Number.POSITIVE_INFINITY): Life {
  let left = breaths
  let die = () => {}
  const killed = new Promise<void>((resolve) => {
    die = resolve
  })
  const never = new Promise<never>(() => {})

  async function breathe(): Promise<void> {
    if (left <= 0) return never
    left -= 1
    if (left > 0) return
    die()
    return never
  }

  return {
    killed,
    isOver: () => left <= 0,
    leave() {
      left = 0
    },
    async through(effect) {
      await breathe()
      try {
        return await effect()
      } finally {
        await breathe()
      }
    },
  }
}
