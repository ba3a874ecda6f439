import { expect, test } from 'vitest'
import { resolveEnvironment } from '../../../src/plan/manifest/environment.ts'
import { readManifest } from '../../../src/plan/manifest/read.ts'
import { environmentOf } from '../../support/manifests.ts'
import { problemsOf } from '../../support/problems.ts'

const overridden = (base: string, override: string) =>
  `app: shop\nservices:\n  web: ${base}\nenvironments:\n  prod: { services: { web: ${override} } }\n`

/** The override begins at 5:28. */
const wrong: Record<string, [base: string, override: string, problems: string[]]> = {
  'a memory that does not go with the cpu of the base': [
    '{ cpu: 256 }',
    '{ memory: 4096 }',
    ['5:38  environments.prod.services.web.memory  4096 MiB does not go with cpu 256; valid are 512, 1024 or 2048'],
  ],
  'a cpu that does not go with the memory of the base': [
    '{ cpu: 512, memory: 4096 }',
    '{ cpu: 256 }',
    ['5:35  environments.prod.services.web.cpu  4096 MiB does not go with cpu 256; valid are 512, 1024 or 2048'],
  ],
  'more GPUs than the instances of the base have': [
    '{ compute: gpu, instances: [g5.xlarge] }',
    '{ gpus: 4 }',
    ['5:36  environments.prod.services.web.gpus  g5.xlarge has 1 GPU, a task wants 4'],
  ],
  'a health check in short, over times of the base': [
    '{ image: { port: 80 }, http: { healthcheck: { interval: 4s } } }',
    '{ http: { healthcheck: /up } }',
    ['3:64  services.web.http.healthcheck.interval  must be from 5s to 300s'],
  ],
  'a build and a location at once': [
    '{ image: { build: . } }',
    '{ image: { build: ., location: nginx } }',
    ['5:59  environments.prod.services.web.image.location  either build or location, not both'],
  ],
  'a repository of its own': [
    '{ image: { build: . } }',
    '{ image: { repository: shop/prod } }',
    [
      '5:51  environments.prod.services.web.image.repository  is one for all environments; name it under services.web.image.repository',
    ],
  ],
  'what the base has wrong already': [
    '{ cpu: 5 }',
    '{ count: 2 }',
    ['3:15  services.web.cpu  5 is no Fargate size; valid are 256, 512, 1024, 2048, 4096, 8192 or 16384'],
  ],
}

test.each(Object.entries(wrong))('an environment with %s', (_name, [base, override, problems]) => {
  expect(problemsOf(overridden(base, override))).toEqual(problems)
})

test('a service that is not among those above is named with the nearest that is', () => {
  expect(
    problemsOf(
      'app: shop\nservices: { web: {}, worker: {} }\nenvironments:\n  dev:\n    services: { wbe: {}, constructor: {} }\n',
    ),
  ).toEqual([
    '5:17  environments.dev.services.wbe  no service of that name above; did you mean web?',
    '5:26  environments.dev.services.constructor  no service of that name above',
  ])
})

test('an environment that does not exist is answered with the nearest that does', () => {
  const source = readManifest('app: shop\nservices: { web: {} }\nenvironments: { dev:, prod: }\n', 'img2vid.yaml')
  expect(() => resolveEnvironment(source, 'prd')).toThrow(
    expect.objectContaining({
      outcome: 'usage',
      message: 'img2vid.yaml has no environment prd; did you mean prod?',
      hint: 'add it below environments: in img2vid.yaml, or use --env dev',
    }),
  )
})

test('a certificate of another region, and only of another', () => {
  const manifest = (region: string) => `app: shop
services: { web: {} }
environments:
  dev:
    ${region}
    certificate: arn:aws:acm:us-east-1:123456789012:certificate/1
`
  expect(problemsOf(manifest('region: eu-west-1'))).toEqual([
    '6:18  environments.dev.certificate  is in us-east-1; the load balancer is in eu-west-1',
  ])
  expect(problemsOf(manifest('region: us-east-1'))).toEqual([])
  expect(problemsOf(manifest('profile: work'))).toEqual([])
})

test('all environments are looked at in one go, and what is wrong in the base is said once', () => {
  const yaml = overridden('{ gpus: 1 }', '{ cpu: 5 }').replace('environments:\n', 'environments:\n  dev:\n')
  const problems = [
    '3:16  services.web.gpus  Fargate has no GPUs; set compute: gpu, or leave it out',
    '6:35  environments.prod.services.web.cpu  5 is no Fargate size; valid are 256, 512, 1024, 2048, 4096, 8192 or 16384',
  ]
  expect([problemsOf(yaml), problemsOf(yaml, { env: 'dev' })]).toEqual([problems, problems])
})

test('flags are for their own environment, and no problem of another', () => {
  const yaml = `app: shop
services: { web: {} }
environments:
  dev: { network: { vpc: { id: vpc-1, subnets: { public: [subnet-1, subnet-2] } } } }
  prod: { services: { web: { platform: linux/arm64 } } }
`
  const flags = { subnets: ['subnet-3', 'subnet-4'], instanceType: ['g5.xlarge'] }
  expect([problemsOf(yaml, { env: 'dev', ...flags }), problemsOf(yaml, { env: 'prod', ...flags })]).toEqual([
    [],
    [
      '5:40  environments.prod.services.web.platform  there is no GPU machine image for Arm; leave it linux/amd64',
      '--subnets  belong to a VPC: name it as id',
    ],
  ])
})

const webOf = (base: string, override: string) => environmentOf(overridden(base, override), 'prod').services[0]

test('an environment adds to groups and replaces the rest', () => {
  const base =
    '{ image: { port: 80 }, variables: { A: a, B: b }, permissions: { buckets: { read: [one-bucket] } }, http: { stickiness: true }, count: 1 }'
  const override =
    '{ variables: { B: c, D: 5 }, permissions: { buckets: { read: [two-bucket] } }, http: { path: /x }, count: 3 }'
  expect(webOf(base, override)).toMatchObject({
    port: 80,
    settings: { variables: { A: 'a', B: 'c', D: 5 }, permissions: { buckets: { read: ['two-bucket'] } } },
    http: { path: '/x', stickiness: true },
    count: 3,
  })
})

test('what is said in short on one side and in full on the other goes together', () => {
  expect(
    webOf(
      '{ image: { build: ./web, port: 80 }, http: { healthcheck: /up } }',
      '{ image: { build: { target: prod } }, http: { healthcheck: { interval: 10s } } }',
    ),
  ).toMatchObject({
    image: { context: './web', dockerfile: './web/Dockerfile', target: 'prod' },
    http: { healthCheck: { path: '/up', interval: 10, timeout: 9 } },
  })
  expect(
    webOf(
      '{ image: { build: { context: web, args: { A: 1 } }, port: 80 }, http: { healthcheck: { path: /up, interval: 10s } } }',
      '{ image: { build: web/prod.Dockerfile }, http: { healthcheck: /ready } }',
    ),
  ).toMatchObject({
    image: { context: 'web', dockerfile: 'web/prod.Dockerfile', args: { A: '1' } },
    http: { healthCheck: { path: '/ready', interval: 10 } },
  })
})

test('an environment may build what exists elsewhere, and the reverse', () => {
  expect(webOf('{ image: { build: ., port: 80 } }', '{ image: { location: nginx } }')).toMatchObject({
    image: { kind: 'existing', location: 'nginx' },
    port: 80,
  })
  expect(webOf('{ image: { location: nginx, port: 80 } }', '{ image: { build: web } }')).toMatchObject({
    image: { kind: 'build', context: 'web' },
    port: 80,
  })
})

test('where there are no instances of one’s own, what only they have stays behind', () => {
  const base = `{ compute: gpu, image: { port: 80 }, shared_memory: 1024, tmpfs: { /t: 64 }, scheduling: replica,
    network: { mode: bridge, host_port: 8080, connect: true }, sidecars: { a: { image: a, shared_memory: 5, command: run } } }`
  expect(webOf(base, '{ compute: fargate }')?.settings).toEqual({
    compute: 'fargate',
    image: { port: 80 },
    network: { connect: true },
    sidecars: { a: { image: 'a', command: 'run' } },
  })
  expect(webOf(base, '{ compute: ec2 }')?.settings).toMatchObject({
    shared_memory: 1024,
    network: { host_port: 8080 },
    sidecars: { a: { shared_memory: 5 } },
  })
})

test('an environment elsewhere has neither the size of a Fargate disk nor Spot where nothing is bought', () => {
  const base = '{ spot: true, storage: { ephemeral: 30, volumes: { d: { path: /d } } } }'
  const merged = (override: string) => {
    const text = overridden(base, override)
    expect(problemsOf(text)).toEqual([])
    const { spot, storage } = resolveEnvironment(readManifest(text, 'img2vid.yaml'), 'prod').services[0]?.settings ?? {}
    return { spot, storage }
  }
  const volumes = { d: { path: '/d' } }
  expect(merged('{ compute: gpu }')).toEqual({ spot: true, storage: { volumes } })
  expect(merged('{ compute: external }')).toEqual({ spot: undefined, storage: { volumes } })
  expect(merged('{ cpu: 512 }')).toEqual({ spot: true, storage: { ephemeral: 30, volumes } })
})

test('another kind of compute leaves the sizes of the first behind', () => {
  expect(
    webOf('{ compute: gpu, gpus: 4, instances: [g5.12xlarge], memory: 99999 }', '{ compute: fargate, cpu: 512 }'),
  ).toMatchObject({ compute: { kind: 'fargate', cpu: 512, memory: 1024 } })
  expect(webOf('{ cpu: 512, memory: 1024 }', '{ compute: gpu }')).toMatchObject({
    compute: { kind: 'gpu', gpus: 1, cpu: undefined, memory: 12288 },
  })
  expect(webOf('{ cpu: 512, memory: 1024 }', '{ compute: fargate, memory: 2048 }')).toMatchObject({
    compute: { kind: 'fargate', cpu: 512, memory: 2048 },
  })
})

test('another strategy leaves the times and shares of the first behind, and another count what moved it', () => {
  const deployment = '{ strategy: canary, percent: 5, bake_time: 1h, rollback_alarms: [errors] }'
  const deploymentOf = (override: string) =>
    webOf(`{ image: { port: 80 }, deployment: ${deployment} }`, `{ deployment: ${override} }`)?.settings.deployment
  expect([
    deploymentOf('{ strategy: rolling, maximum_percent: 150, minimum_healthy_percent: 0 }'),
    deploymentOf('{ strategy: blue_green }'),
    deploymentOf('{ percent: 10, rollback_alarms: [] }'),
  ]).toEqual([
    { strategy: 'rolling', maximum_percent: 150, minimum_healthy_percent: 0, rollback_alarms: ['errors'] },
    { strategy: 'blue_green', bake_time: '1h', rollback_alarms: ['errors'] },
    { strategy: 'canary', percent: 10, bake_time: '1h', rollback_alarms: [] },
  ])
  const countOf = (base: string, override: string) => webOf(`{ count: ${base} }`, `{ count: ${override} }`)
  expect([
    countOf('{ range: 1-5, cpu_percentage: 50 }', '{ spot: 3 }'),
    countOf('{ spot: 3 }', '{ range: 1-5, cpu_percentage: 50 }'),
    countOf('{ spot: 3 }', '2'),
    countOf('{ range: 1-5, cpu_percentage: 50 }', '{ range: { max: 9 } }'),
  ]).toMatchObject([
    { count: 3, range: undefined, settings: { count: { spot: 3 } } },
    { count: 1, range: { min: 1, max: 5 }, settings: { count: { cpu_percentage: 50 } } },
    { count: 2, range: undefined, settings: { count: 2 } },
    { count: 1, range: { min: 1, max: 9 }, settings: { count: { cpu_percentage: 50 } } },
  ])
})

test('a service called like a property of every object is a service like others', () => {
  const yaml = 'app: shop\nservices: { constructor: { cpu: 512 } }\nenvironments: { dev: { services: {} } }\n'
  expect(environmentOf(yaml).services).toMatchObject([{ name: 'constructor', compute: { cpu: 512 } }])
})

test('an environment says of a group only what is other than above, also where the group could not be without the rest', () => {
  const base = `{
    image: { location: 'nginx:1', healthcheck: { command: /up, interval: 10s } },
    sidecars: { cache: { image: 'redis:8', port: 6379 }, agent: { image: 'agent:1' } } }`
  const text = overridden(
    base.replaceAll('\n', ' '),
    '{ image: { healthcheck: { interval: 30s } }, sidecars: { cache: { port: 6380 } } }',
  )
  expect(problemsOf(text)).toEqual([])
  const { services } = resolveEnvironment(readManifest(text, 'img2vid.yaml'), 'prod')
  expect(services[0]?.settings).toMatchObject({
    image: { location: 'nginx:1', healthcheck: { command: '/up', interval: '30s' } },
    sidecars: { cache: { image: 'redis:8', port: 6380 }, agent: { image: 'agent:1' } },
  })
})

test('a sidecar that only an environment has needs an image there', () => {
  expect(problemsOf(overridden('{ image: { port: 80 } }', '{ sidecars: { cache: { port: 6380 } } }'))).toEqual([
    '5:42  environments.prod.services.web.sidecars.cache.image  is missing',
  ])
})
