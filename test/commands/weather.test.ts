import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import type { Order } from '../../src/emulator/faults/model.ts'
import { flags, testWorld } from '../support/context.ts'
import { tell } from '../support/told.ts'
import { truth } from '../support/truth.ts'

const manifest = (more = '') => `
app: demo
services:
  web:
    image: { build: ., port: 8080 }
    http: { healthcheck: { path: /health, grace_period: 5s } }
    ${more}
`
const files = { 'img2vid.yaml': manifest(), Dockerfile: 'FROM scratch\n' }

/** What passes by itself costs nothing but time. */
const passing: Record<string, Order[]> = {
  'every third call is throttled': [{ kind: 'throttle', probability: 0.33 }],
  'a burst of throttling': [{ kind: 'throttle', service: 'cloudformation', times: 12 }],
  'documented rates': [{ kind: 'rates', scale: 1_000 }],
  'every fifth call ends with an error of AWS': [{ kind: 'error', probability: 0.2 }],
  'AWS is not available for a while': [{ kind: 'error', code: 'ServiceUnavailable', status: 503, times: 15 }],
  'connections are lost before anything happens': [{ kind: 'disconnect', probability: 0.2 }],
  'connections are lost after it has happened': [{ kind: 'disconnect', probability: 0.2, when: 'after' }],
  'credentials expire once': [{ kind: 'expired', operation: 'DescribeStackEvents', times: 1 }],
  'answers are old': [{ kind: 'stale', seconds: 0.02, probability: 0.3 }],
  'events come twice and out of order': [{ kind: 'disorder' }],
  'calls are slow': [{ kind: 'slow', seconds: 3, probability: 0.3 }],
}

test.each(Object.entries(passing))(
  '%s: a deploy, a change and a destroy end well',
  async (_name, orders) => {
    const world = await testWorld({ files, speed: 1_000 })
    const { context, aws, write } = world
    const { faults } = aws.emulator.world
    for (const order of orders) faults.add(order)
    const well = { exitCode: 0, says: '', contradictions: [] }
    expect(await tell(context, (context) => deploy(flags, context))).toMatchObject(well)
    write({ Dockerfile: 'FROM scratch\nENV COLOUR=green\n' })
    expect(await tell(context, (context) => deploy(flags, context))).toMatchObject(well)
    faults.clear()
    expect(await truth(world)).toEqual([
      'demo CREATE_COMPLETE',
      'demo-dev CREATE_COMPLETE',
      'demo-dev-web UPDATE_COMPLETE',
      'demo-dev-web:2 in service',
    ])
    for (const order of orders) faults.add(order)
    expect(await tell(context, (context) => destroy({ ...flags, images: true }, context))).toMatchObject(well)
    faults.clear()
    expect(await truth(world)).toEqual([])
  },
  30_000,
)
