import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import {
  faultAdd,
  faultClear,
  faultList,
  presentFault,
  presentFaultClear,
  presentFaults,
} from '../../src/commands/fault.ts'
import { faultHelp, faultKinds } from '../../src/commands/fault-kinds.ts'
import { faultKinds as emulated } from '../../src/emulator/faults/model.ts'
import { testWorld } from '../support/context.ts'

const flags = { manifest: 'img2vid.yaml' }

test('the command line knows every kind of fault, and the fields that each takes', () => {
  const known = Object.entries(faultKinds).map(([kind, { fields }]) => [kind, [...fields].sort()])
  const taken = Object.entries(emulated).map(([kind, { shape }]) => [kind, Object.keys(shape).sort()])
  expect(known).toEqual(taken)
  for (const kind of Object.keys(emulated)) expect(faultHelp()).toContain(`\n  ${kind} `)
})

test('orders faults, lists them with what they did, and takes them back', async () => {
  const { context, aws } = await testWorld()
  expect(presentFaults(await faultList(flags, context))).toBe('no fault is ordered')
  const throttle = await faultAdd(
    { ...flags, kind: 'throttle', service: 'ecs', operation: 'ListClusters', times: '2' },
    context,
  )
  expect(throttle).toEqual({
    id: 'fault-1',
    kind: 'throttle',
    struck: 0,
    service: 'ecs',
    operation: 'ListClusters',
    times: 2,
  })
  expect(presentFault(await faultAdd({ ...flags, kind: 'no-capacity', instanceType: 'g6.xlarge' }, context))).toBe(
    'fault-2 no-capacity instance-type=g6.xlarge',
  )
  await faultAdd({ ...flags, kind: 'fail', type: 'AWS::ECS::Service', action: 'create', message: 'No.' }, context)
  await expect(new ECS(aws.client).listClusters({})).rejects.toMatchObject({ name: 'ThrottlingException' })

  expect(presentFaults(await faultList(flags, context))).toBe(
    [
      'fault-1 throttle times=2 service=ecs operation=ListClusters (struck 1 time)',
      'fault-2 no-capacity instance-type=g6.xlarge',
      'fault-3 fail type=AWS::ECS::Service action=create message=No. when=before',
    ].join('\n'),
  )
  await expect(faultClear({ ...flags, ids: ['fault-9', 'fault-2'] }, context)).rejects.toMatchObject({
    outcome: 'usage',
    message: 'There is no such fault: fault-9',
  })
  expect(presentFaultClear(await faultClear({ ...flags, ids: ['fault-2'] }, context))).toBe('1 fault taken back')
  expect((await faultList(flags, context)).faults.map(({ id }) => id)).toEqual(['fault-1', 'fault-3'])
  expect(presentFaultClear(await faultClear({ ...flags, ids: [] }, context))).toBe('2 faults taken back')
  expect(await faultList(flags, context)).toEqual({ faults: [] })
})

test('says everything that is wrong with an order at once, by its flags', async () => {
  const { context } = await testWorld()
  const order = { ...flags, kind: 'slow', seconds: 'long', times: '0', targetGroup: 'web', probability: '2' }
  await expect(faultAdd(order, context)).rejects.toMatchObject({
    outcome: 'usage',
    message: 'This fault cannot be ordered',
    problems: [
      { path: '--times', message: 'Too small: expected number to be >0' },
      { path: '--probability', message: 'Too big: expected number to be <=1' },
      { path: '--seconds', message: 'Invalid input: expected number, received string' },
      { path: '--target-group', message: 'slow has no such field' },
    ],
  })
  await expect(faultAdd({ ...flags, kind: 'flood' }, context)).rejects.toMatchObject({
    outcome: 'usage',
    problems: [{ path: 'kind', message: `expected one of ${Object.keys(faultKinds).join(', ')}` }],
  })
})

test('without an embedded AWS there is nothing to list', async () => {
  const { context } = await testWorld()
  const idle = { ...context, local: { ...context.local, find: async () => undefined } }
  await expect(faultList(flags, idle)).rejects.toMatchObject({
    outcome: 'failed',
    message: 'The embedded AWS of this folder does not run',
  })
})
