import type { Clock, Progress, Ui } from '../../context.ts'

/** After this long without a word it is said what still goes on. */
const SILENCE_MS = 30_000

/** For CI: a line for each change with the time of day, and a sign of life in silence. */
export function lineUi(write: (text: string) => void, clock: Clock): Ui & { stop(): void } {
  const going = new Map<string, { text: string; since: Date }>()
  let silence: NodeJS.Timeout | undefined
  const say = (lane: string, text: string) => {
    write(`${timeOfDay(clock.now())}  ${lane}${lane ? '  ' : ''}${text}\n`)
    listen()
  }
  const listen = () => {
    clearTimeout(silence)
    if (going.size === 0) return
    silence = setTimeout(() => {
      for (const [lane, { text, since }] of going) {
        say(lane, `still going on for ${Math.round((clock.now().getTime() - since.getTime()) / 1000)}s: ${text}`)
      }
    }, SILENCE_MS)
    silence.unref()
  }

  return {
    show(progress: Progress) {
      if (progress.type === 'note') return say('', progress.text)
      if (progress.type === 'output') return
      if (progress.type === 'resource') {
        if (progress.state === 'running') return
        const reason = progress.reason === undefined ? '' : `: ${progress.reason}`
        return say(progress.lane, `${progress.resource} ${progress.state}${reason}`)
      }
      const { lane, state, expected } = progress
      if (state === 'waiting') return
      const text =
        expected === undefined ? progress.text : `${progress.text} (about ${Math.round(expected)}s, as last time)`
      if (going.get(lane)?.text === text && state === 'running') return
      if (state === 'running') going.set(lane, { text, since: going.get(lane)?.since ?? clock.now() })
      else going.delete(lane)
      say(lane, text)
    },
    stop: () => clearTimeout(silence),
  }
}

const timeOfDay = (date: Date): string => date.toTimeString().slice(0, 8)
