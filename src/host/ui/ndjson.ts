import type { Clock, Ui } from '../../context.ts'

/** For programs: every event as a line of JSON with its time. */
export const ndjsonUi = (write: (text: string) => void, clock: Clock): Ui => ({
  show: (progress) => write(`${JSON.stringify({ at: clock.now().toISOString(), ...progress })}\n`),
})
