import { expect, test } from 'vitest'
import { resolveHealthCheck } from '../../../src/plan/features/healthcheck.ts'
import { environmentOf } from '../../support/manifests.ts'
import { serviceManifest } from '../../support/problems.ts'

const service = (settings: string) => environmentOf(serviceManifest(settings)).services[0]

test('the smallest manifest is a worker that is built here and runs on Fargate', () => {
  expect(environmentOf('app: shop\nservices: { web: {} }\n')).toEqual({
    app: 'shop',
    name: 'dev',
    region: undefined,
    profile: undefined,
    certificate: undefined,
    settings: {},
    network: {
      kind: 'new',
      cidr: '10.0.0.0/16',
      zones: 2,
      nat: 'none',
      hasPrivateSubnets: false,
      endpoints: [],
      flowLogDays: undefined,
      securityGroups: [],
    },
    services: [
      {
        name: 'web',
        image: {
          kind: 'build',
          repository: 'shop/web',
          context: '.',
          dockerfile: 'Dockerfile',
          target: undefined,
          args: {},
          secrets: [],
          ssh: [],
          cacheFrom: [],
          cacheTo: [],
        },
        sidecarImages: {},
        port: undefined,
        http: undefined,
        compute: { kind: 'fargate', cpu: 256, memory: 512 },
        placement: 'public',
        platform: 'linux/amd64',
        count: 1,
        secrets: {},
        settings: {},
        rollout: { minimumHealthy: 100, maximum: 200 },
      },
    ],
    notes: [],
  })
})

test('a port alone is a web service at the root, checked twice in ten seconds', () => {
  expect(service('{ image: { port: 80 } }')?.http).toEqual({
    prefix: '',
    path: '/',
    place: ['http'],
    hosts: [],
    sources: [],
    priority: 49826,
    testPriority: undefined,
    targetContainer: undefined,
    targetPort: undefined,
    version: 'HTTP1',
    records: [],
    redirects: true,
    healthCheck: {
      path: '/',
      port: undefined,
      successCodes: '200',
      healthyThreshold: 2,
      unhealthyThreshold: 2,
      interval: 5,
      timeout: 4,
      gracePeriod: 60,
    },
    stickiness: false,
    deregistrationDelay: 15,
    internal: false,
    additional: [],
  })
})

test('times are seconds, a check is over before the next, codes may be numbers', () => {
  const http = service(
    '{ image: { port: 80 }, compute: gpu, http: { deregistration_delay: 1h, healthcheck: { interval: 1m, success_codes: 204, grace_period: 90 } } }',
  )?.http
  expect([http?.deregistrationDelay, http?.healthCheck]).toMatchObject([
    3600,
    { interval: 60, timeout: 10, successCodes: '204', gracePeriod: 90 },
  ])
})

test.each([
  ['version: grpc', '/AWS.ALB/healthcheck', '12'],
  ['version: grpc, healthcheck: /grpc.health.v1.Health/Check', '/grpc.health.v1.Health/Check', '0'],
  ['version: grpc, healthcheck: { path: /demo.Greeter/Hello, success_codes: 0-5 }', '/demo.Greeter/Hello', '0-5'],
  ['version: http2, healthcheck: /up', '/up', '200'],
])('health: %s', (settings, path, successCodes) => {
  const certificate = 'arn:aws:acm:us-east-1:000000000000:certificate/1'
  const { services } = environmentOf(
    `app: shop\nservices: { web: { image: { build: ., port: 80 }, http: { ${settings} } } }\nenvironments: { dev: { certificate: '${certificate}' } }`,
  )
  expect(services[0]?.http?.healthCheck).toMatchObject({ path, successCodes })
})

test.each([
  ['.', '.', 'Dockerfile'],
  ['./web', './web', './web/Dockerfile'],
  ['web/', 'web/', 'web/Dockerfile'],
  ['Dockerfile', '.', 'Dockerfile'],
  ['web/Dockerfile.gpu', 'web', 'web/Dockerfile.gpu'],
  ['/srv/Dockerfile', '/srv', '/srv/Dockerfile'],
  ['/Dockerfile', '/', '/Dockerfile'],
  ['{ dockerfile: docker/web.dockerfile }', 'docker', 'docker/web.dockerfile'],
  ['{ context: .., dockerfile: web/Dockerfile }', '..', 'web/Dockerfile'],
  ['{ args: { A: 1, B: true, C: x } }', '.', 'Dockerfile'],
])('build: %s', (build, context, dockerfile) => {
  expect(service(`{ image: { build: ${build} } }`)?.image).toMatchObject({ context, dockerfile })
})

test('secrets by name and ARN of both stores', () => {
  const secrets = `{ secrets: {
    A: /app/a, B: { secretsmanager: b }, C: 'arn:aws:ssm:us-east-1:123456789012:parameter/c',
    D: 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:d-AbCdEf:key::' } }`
  expect(service(secrets)?.secrets).toEqual({
    A: { from: 'ssm', reference: '/app/a' },
    B: { from: 'secretsmanager', reference: 'b' },
    C: { from: 'ssm', reference: 'arn:aws:ssm:us-east-1:123456789012:parameter/c' },
    D: {
      from: 'secretsmanager',
      reference: 'arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:d-AbCdEf:key::',
    },
  })
})

test('a container check in the form of the API, a list or a line', () => {
  const check = (command: string) =>
    resolveHealthCheck(service(`{ image: { healthcheck: { command: ${command} } } }`)?.settings.image ?? {})
  expect([check('curl -f localhost'), check('[curl, -f, localhost]'), check('[CMD-SHELL, exit 0]')]).toEqual(
    [
      ['CMD-SHELL', 'curl -f localhost'],
      ['CMD', 'curl', '-f', 'localhost'],
      ['CMD-SHELL', 'exit 0'],
    ].map((command) => ({ command, interval: 10, timeout: 5, retries: 2, startPeriod: 0 })),
  )
})

test('how GPU tasks are replaced is decided by their number and said aloud', () => {
  const gpu = (count: number) => environmentOf(serviceManifest(`{ compute: gpu, count: ${count} }`))
  expect(
    [0, 1, 2, 3, 8].map((count) => gpu(count)).map(({ notes, services }) => [services[0]?.rollout, notes]),
  ).toEqual([
    [{ minimumHealthy: 0, maximum: 100 }, [expect.stringContaining('there is a short gap')]],
    [{ minimumHealthy: 0, maximum: 100 }, [expect.stringContaining('there is a short gap')]],
    [{ minimumHealthy: 50, maximum: 100 }, [expect.stringContaining('replaces its 2 GPU tasks one after the other')]],
    [{ minimumHealthy: 66, maximum: 100 }, [expect.stringContaining('minimum 66 %')]],
    [{ minimumHealthy: 87, maximum: 100 }, [expect.stringContaining('minimum 87 %')]],
  ])
})
