/** Something that went on for a while: a resource of a stack, or a step such as the push of an image. */
export interface Span {
  /** The stack or the image. */
  readonly lane: string
  readonly what: string
  readonly kind: 'resource' | 'step'
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
}

export interface Took {
  readonly what: string
  readonly seconds: number
}

/** What ends this much after another begins may still have been waited for. */
const TOLERANCE_MS = 4_000
const MOST_TOLD = 3
/** Of the whole time. */
const LEAST_SHARE = 0.05

/**
 * What took the time, longest first: from the end backwards, always what was waited for last. The parts of a stack speak
 * for it.
 */
export function whatTookTime(spans: readonly Span[]): Took[] {
  const stacks = new Set(spans.flatMap(({ kind, lane }) => (kind === 'resource' ? lane : [])))
  const parts = spans.filter(({ kind, lane }) => kind === 'resource' || !stacks.has(lane))
  const chain: Span[] = []
  for (let at = Number.POSITIVE_INFINITY, lane = ''; ; ) {
    const [last] = parts
      .filter((span) => !chain.includes(span) && span.to <= at + TOLERANCE_MS && span.from < at)
      .sort((a, b) => b.to - a.to || Number(b.lane === lane) - Number(a.lane === lane) || b.from - a.from)
    if (!last) break
    chain.push(last)
    at = last.from
    lane = last.lane
  }
  const whole = Math.max(...parts.map(({ to }) => to)) - Math.min(...parts.map(({ from }) => from))
  return chain
    .filter(({ from, to }) => to - from > LEAST_SHARE * whole)
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, MOST_TOLD)
    .map(({ lane, what, from, to }) => ({ what: `${lane} ${what}`, seconds: Math.round((to - from) / 100) / 10 }))
}

/** The trace event format that trace viewers open (Perfetto, chrome://tracing): times in microseconds from the start. */
export function traceEvents(spans: readonly Span[]): object {
  const start = Math.min(...spans.map(({ from }) => from))
  const lanes = [...new Set(spans.map(({ lane }) => lane))]
  const pid = (lane: string) => lanes.indexOf(lane) + 1
  const rows = lanes.flatMap((lane) =>
    spans
      .filter((span) => span.lane === lane)
      .map((span, index) => ({ span, tid: span.kind === 'step' ? 0 : index + 1 })),
  )
  return {
    displayTimeUnit: 'ms',
    traceEvents: [
      ...lanes.map((lane) => ({ ph: 'M', name: 'process_name', pid: pid(lane), args: { name: lane } })),
      ...rows.map(({ span, tid }) => ({
        ph: 'M',
        name: 'thread_name',
        pid: pid(span.lane),
        tid,
        args: { name: tid === 0 ? 'steps' : span.what },
      })),
      ...rows.map(({ span: { lane, what, kind, from, to }, tid }) => ({
        ph: 'X',
        name: what,
        cat: kind,
        pid: pid(lane),
        tid,
        ts: (from - start) * 1_000,
        dur: (to - from) * 1_000,
      })),
    ],
  }
}
