import { expect, test } from 'vitest'
import { type Span, traceEvents, whatTookTime } from '../../src/plan/timeline.ts'

const span = (lane: string, what: string, from: number, to: number, kind: Span['kind'] = 'resource'): Span => ({
  lane,
  what,
  kind,
  from: from * 1_000,
  to: to * 1_000,
})

/** The image is long pushed when the load balancer is there; the service waits for both. */
const spans = [
  span('image web', 'building', 0, 20, 'step'),
  span('image web', 'pushing', 20, 50, 'step'),
  span('demo-dev', 'creating', 0, 152, 'step'),
  span('demo-dev', 'Vpc', 1, 20),
  span('demo-dev', 'Cluster', 1, 8),
  span('demo-dev', 'LoadBalancer', 21, 150),
  span('demo-dev-web', 'creating', 153, 215, 'step'),
  span('demo-dev-web', 'TargetGroup', 154, 170),
  span('demo-dev-web', 'TaskService', 171, 214),
]

test('what was waited for took the time, not what went on beside it', () => {
  expect(whatTookTime(spans)).toEqual([
    { what: 'demo-dev LoadBalancer', seconds: 129 },
    { what: 'demo-dev-web TaskService', seconds: 43 },
    { what: 'demo-dev Vpc', seconds: 19 },
  ])
})

test('a push that lasts longer than the environment is what took the time', () => {
  const long = [...spans.filter(({ what }) => what !== 'pushing'), span('image web', 'pushing', 20, 152.5, 'step')]
  expect(whatTookTime(long).map(({ what }) => what)).toEqual([
    'image web pushing',
    'demo-dev-web TaskService',
    'image web building',
  ])
})

test('the timeline is one that trace viewers open', () => {
  const { traceEvents: events } = traceEvents(spans) as { traceEvents: Record<string, unknown>[] }
  expect(events.filter(({ ph }) => ph === 'X')).toHaveLength(spans.length)
  expect(events.find(({ ph, name }) => ph === 'X' && name === 'LoadBalancer')).toEqual({
    ph: 'X',
    name: 'LoadBalancer',
    cat: 'resource',
    pid: 2,
    tid: 4,
    ts: 21_000_000,
    dur: 129_000_000,
  })
  expect(events.filter(({ name }) => name === 'process_name').map(({ args }) => args)).toEqual([
    { name: 'image web' },
    { name: 'demo-dev' },
    { name: 'demo-dev-web' },
  ])
})
