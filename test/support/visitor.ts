/** Somebody who keeps asking, one question after the other, and writes down every answer. */
export function visitor(url: string, init: RequestInit = {}) {
  const answers = new Map<string, number>()
  let stopped = false
  const asking = (async () => {
    while (!stopped) {
      const answer = await fetch(url, init).then(
        async (response) => {
          await response.arrayBuffer()
          return String(response.status)
        },
        (error: unknown) => String((error as { cause?: unknown }).cause ?? error),
      )
      answers.set(answer, (answers.get(answer) ?? 0) + 1)
    }
  })()
  return {
    /** How often each answer came: a status, or why there was none. */
    async stop(): Promise<Record<string, number>> {
      stopped = true
      await asking
      return Object.fromEntries(answers)
    },
  }
}
