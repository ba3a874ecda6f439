import { expect, test } from 'vitest'
import { startEcs } from '../support/ecs.ts'

const port = { portMappings: [{ name: 'http', containerPort: 80 }] }
const connect = (discoveryName: string, more: object = {}) => ({
  serviceConnectConfiguration: {
    enabled: true,
    services: [{ portName: 'http', discoveryName, clientAliases: [{ port: 80, dnsName: discoveryName }], ...more }],
  },
})

test('services connect in the namespace of their cluster, which is made with a name that is new', async () => {
  const { ecs, create, register, describe } = await startEcs()
  const { cluster } = await ecs.updateCluster({ cluster: 'default', serviceConnectDefaults: { namespace: 'demo' } })
  const namespace = cluster?.serviceConnectDefaults?.namespace
  expect(namespace).toMatch(/^arn:aws:servicediscovery:us-east-1:000000000000:namespace\/ns-\w{16}$/)
  const { clusters } = await ecs.describeClusters({})
  expect(clusters?.[0]?.serviceConnectDefaults).toEqual({ namespace })
  await create(await register('api', port), connect('api'))
  expect((await describe()).deployments?.[0]).toMatchObject({
    serviceConnectConfiguration: connect('api').serviceConnectConfiguration,
    serviceConnectResources: [{ discoveryName: 'api', discoveryArn: expect.stringContaining(':service/') }],
  })
  const definition = await register('web', port)
  await expect(create(definition, { serviceName: 'other', ...connect('api') })).rejects.toThrow('in use')
  await create(definition, { serviceName: 'other', ...connect('web') })
})

test.each([
  ['no namespace', {}, connect('api'), 'no namespace'],
  ['a port that has no such name', { namespace: 'demo' }, connect('api', { portName: 'grpc' }), 'portName grpc'],
  [
    'two aliases',
    { namespace: 'demo' },
    connect('api', { clientAliases: [{ port: 80 }, { port: 81 }] }),
    'one client alias',
  ],
])('refuses a service with %s', async (_what, defaults, input, message) => {
  const { ecs, create, register } = await startEcs()
  if ('namespace' in defaults) await ecs.updateCluster({ cluster: 'default', serviceConnectDefaults: defaults })
  const definition = await register('api', port)
  await expect(create(definition, input)).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining(message),
  })
})
