import { expect, test } from 'vitest'
import { problemsOf, serviceManifest } from '../../support/problems.ts'

/** Settings of the service `web`, which begins at 3:8. */
const services: Record<string, [settings: string, problems: string[]]> = {
  'a memory that does not go with its cpu': [
    '{ cpu: 256, memory: 4096 }',
    ['3:28  services.web.memory  4096 MiB does not go with cpu 256; valid are 512, 1024 or 2048'],
  ],
  'a memory between two sizes of its cpu': [
    '{ cpu: 4096, memory: 8193 }',
    ['3:29  services.web.memory  8193 MiB does not go with cpu 4096; valid are 8192 to 30720 in steps of 1024'],
  ],
  'a cpu that is no size': [
    '{ cpu: 300 }',
    ['3:15  services.web.cpu  300 is no Fargate size; valid are 256, 512, 1024, 2048, 4096, 8192 or 16384'],
  ],
  'a cpu that is no size, with a memory that is one': [
    '{ cpu: 300, memory: 4096 }',
    ['3:15  services.web.cpu  300 is no Fargate size; valid with 4096 MiB are 512, 1024 or 2048'],
  ],
  'cpu and memory that are both no sizes': [
    '{ cpu: 1, memory: 2 }',
    ['3:15  services.web.cpu  1 is no Fargate size; valid are 256, 512, 1024, 2048, 4096, 8192 or 16384'],
  ],
  'a memory between all sizes': [
    '{ memory: 1500 }',
    ['3:18  services.web.memory  1500 MiB is no Fargate size; near it are 1024 and 2048'],
  ],
  'a memory below all sizes': [
    '{ memory: 2 }',
    ['3:18  services.web.memory  2 MiB is no Fargate size; the smallest is 512'],
  ],
  'a memory above all sizes': [
    '{ memory: 200000 }',
    ['3:18  services.web.memory  200000 MiB is no Fargate size; the largest is 122880'],
  ],
  'an image that is there, with what is for one that is built': [
    "{ image: { location: 'nginx:1', repository: team/web } }",
    ['3:52  services.web.image.repository  is for an image that is built'],
  ],
  'credentials for ECR and for what is built, of a sidecar too': [
    '{ image: { build: ., credentials: a }, sidecars: { a: { image: public.ecr.aws/a/b, credentialsParameter: arn:aws:secretsmanager:us-east-1:111122223333:secret:x } } }',
    [
      '3:42  services.web.image.credentials  is for an image that exists, not for one that is built',
      '3:113  services.web.sidecars.a.credentialsParameter  ECR needs none: the tasks’ execution role may pull',
    ],
  ],
  'what Windows has not, in each container': [
    '{ image: { location: x }, platform: windows/amd64, cpu: 1024, user: a, storage: { readonly_fs: true, volumes: { d: { path: /d, efs: true } } }, sidecars: { a: { image: a, init: true, ulimits: { nofile: 5 } } } }',
    [
      '3:103  services.web.storage.readonly_fs  is for Linux; ECS has no such thing for Windows containers',
      '3:140  services.web.storage.volumes.d.efs  is for Linux; Windows tasks on Fargate mount no file system',
      '3:185  services.web.sidecars.a.init  is for Linux; ECS has no such thing for Windows containers',
      '3:191  services.web.sidecars.a.ulimits  is for Linux; ECS has no such thing for Windows containers',
    ],
  ],
  'a secret that CloudFormation would resolve': [
    '{ variables: { KEY: "{{resolve:secretsmanager:key}}" } }',
    ['3:28  services.web.variables.KEY  would show a secret in the task definition; name it under secrets: instead'],
  ],
  'GPUs on Fargate': [
    '{ gpus: 1, instances: [g5.xlarge] }',
    [
      '3:16  services.web.gpus  Fargate has no GPUs; set compute: gpu, or leave it out',
      '3:19  services.web.instances  Fargate has no instances to choose; set compute: gpu, or leave it out',
    ],
  ],
  'Arm with a GPU': [
    '{ compute: gpu, platform: linux/arm64 }',
    ['3:34  services.web.platform  there is no GPU machine image for Arm; leave it linux/amd64'],
  ],
  'instance types that are unknown, have no GPU, or are none': [
    '{ compute: gpu, instances: [g5.xlarg, g9.xlarge, m5.large, t4g.nano, foo, G5.xlarge, g6.xlarge, g6.xlarge] }',
    [
      '3:36  services.web.instances[0]  g5.xlarg is unknown; did you mean g5.xlarge? A newer type needs memory: beside it',
      '3:46  services.web.instances[1]  g9.xlarge is unknown; did you mean g5.xlarge? A newer type needs memory: beside it',
      '3:57  services.web.instances[2]  m5.large has no NVIDIA GPU; did you mean g5.xlarge?',
      '3:67  services.web.instances[3]  t4g.nano has no NVIDIA GPU',
      '3:77  services.web.instances[4]  foo is no instance type',
      '3:82  services.web.instances[5]  G5.xlarge is no instance type; did you mean g5.xlarge?',
      '3:104  services.web.instances[7]  g6.xlarge is listed twice',
    ],
  ],
  'more GPUs than an instance has': [
    '{ compute: gpu, gpus: 4, instances: [g5.12xlarge, g5.xlarge] }',
    ['3:58  services.web.instances[1]  g5.xlarge has 1 GPU, a task wants 4'],
  ],
  'more GPUs than instances of several have': [
    '{ compute: gpu, gpus: 8, instances: [g5.12xlarge] }',
    ['3:45  services.web.instances[0]  g5.12xlarge has 4 GPUs, a task wants 8'],
  ],
  'all the memory of an instance, of which its system keeps some': [
    '{ compute: gpu, memory: 16384, instances: [g6.xlarge, g6e.xlarge] }',
    ['3:51  services.web.instances[0]  g6.xlarge has about 15564 MiB for tasks, a task wants 16384'],
  ],
  'more CPU than an instance has': [
    '{ compute: gpu, cpu: 8192, instances: [g6.xlarge] }',
    ['3:47  services.web.instances[0]  g6.xlarge has 4096 CPU units, a task wants 8192'],
  ],
  'instances with different numbers of GPUs for several tasks': [
    '{ compute: gpu, count: 2, instances: [g5.xlarge, g5.12xlarge] }',
    ['3:34  services.web.instances  types with different numbers of GPUs cannot scale together; choose one number'],
  ],
  'a build and an image that exists': [
    '{ image: { build: ., location: nginx } }',
    ['3:39  services.web.image.location  either build or location, not both'],
  ],
  'http without a port': [
    '{ http: { path: / } }',
    ['3:10  services.web.http  needs image.port: the port that the container listens on'],
  ],
  'health check times beyond what a load balancer takes': [
    '{ image: { port: 80 }, http: { healthcheck: { interval: 4s, timeout: 1 }, deregistration_delay: 2h } }',
    [
      '3:64  services.web.http.healthcheck.interval  must be from 5s to 300s',
      '3:77  services.web.http.healthcheck.timeout  must be from 2s to 120s',
      '3:104  services.web.http.deregistration_delay  must be from 0s to 3600s',
    ],
  ],
  'a patience of many years': [
    '{ image: { port: 80 }, http: { healthcheck: { grace_period: 999999h } } }',
    ['3:68  services.web.http.healthcheck.grace_period  must be from 0s to 2147483647s'],
  ],
  'a name of an image that CloudFormation would take for a function': [
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is CloudFormation's
    "{ image: { location: '123456789012.dkr.ecr.us-east-1.amazonaws.com/a${b}:1' } }",
    ['3:29  services.web.image.location  expected the name of an image in small letters, such as nginx:1.29'],
  ],
  'a health check that is not over before the next': [
    '{ image: { port: 80 }, http: { healthcheck: { interval: 1m, timeout: 60s } } }',
    ['3:77  services.web.http.healthcheck.timeout  must be less than the interval, 60s'],
  ],
  'container health check times beyond what ECS takes': [
    '{ image: { healthcheck: { command: x, interval: 1h, timeout: 61, start_period: 6m } } }',
    [
      '3:56  services.web.image.healthcheck.interval  must be from 5s to 300s',
      '3:69  services.web.image.healthcheck.timeout  must be from 2s to 60s',
      '3:87  services.web.image.healthcheck.start_period  must be from 0s to 300s',
    ],
  ],
  'command lines with an open quotation mark': [
    `{ command: sh -c "a, entrypoint: it's }`,
    [
      '3:19  services.web.command  a quotation mark is not closed',
      '3:41  services.web.entrypoint  a quotation mark is not closed',
    ],
  ],
  'secrets that are variables': [
    '{ variables: { A: x, B: y }, secrets: { B: /b, toString: /c } }',
    ['3:51  services.web.secrets.B  is a variable too; one of them has to go'],
  ],
  'credentials in variables': [
    '{ variables: { AWS_ACCESS_KEY_ID: x, AWS_SECRET_ACCESS_KEY: y, AWS_SESSION_TOKEN: z, ECS_ENGINE_AUTH_DATA: u, AWS_REGION: v } }',
    ['42', '68', '90', '115'].map(
      (column, index) =>
        `3:${column}  services.web.variables.${['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'ECS_ENGINE_AUTH_DATA'][index]}  keys do not belong here: a task has a role of its own, which permissions: is about`,
    ),
  ],
  'a retention that CloudWatch does not have': [
    '{ logging: { retention: 8 } }',
    ['3:32  services.web.logging.retention  CloudWatch cannot keep logs for 8 days; near it are 5 and 7'],
  ],
}

test.each(Object.entries(services))('%s: a problem', (_name, [settings, problems]) => {
  expect(problemsOf(serviceManifest(settings))).toEqual(problems)
})

const right = [
  '{ cpu: 16384, memory: 122880 }',
  '{ compute: gpu, gpus: 4, instances: [g5.12xlarge, g6.12xlarge], count: 3 }',
  '{ compute: gpu, count: 1, instances: [g5.xlarge, g5.12xlarge] }',
  '{ compute: gpu, instances: [g9.xlarge], memory: 12000 }',
  '{ compute: gpu, memory: 15564, instances: [g6.xlarge] }',
  '{ image: { port: 80 }, http: { healthcheck: { interval: 300, timeout: 120, success_codes: 204 } } }',
  '{ image: { port: 80 }, http: false }',
  '{ command: \'sh -c "sleep 1 && echo done"\', entrypoint: [] }'.replace(', entrypoint: []', ''),
]

test.each(right)('nothing is wrong with %s', (settings) => {
  expect(problemsOf(serviceManifest(settings))).toEqual([])
})

test('services that one load balancer, one stack or one template could not tell apart', () => {
  const yaml = `app: shop
services:
  web-1: { image: { port: 80 } }
  web1: { image: { port: 80 } }
  api: { image: { port: 80 }, http: { path: /api/v1 } }
  old: { image: { port: 80 }, http: { path: /api/v1/ } }
  worker: {}
environments:
  dev: {}
  dev-worker: {}
`
  expect(problemsOf(yaml)).toEqual([
    '4:3  services.web1  is too much like web-1',
    '4:26  services.web1.image.port  web-1 has the path / already; give web1 another under http.path, or http: false',
    '6:45  services.old.http.path  api has the path /api/v1/ already; give old another under http.path, or http: false',
    '10:3  environments.dev-worker  its stack would be called like that of worker in dev: shop-dev-worker',
  ])
})

test('services that would share a repository, whichever of them says its name', () => {
  const yaml = `app: shop
services:
  web: { image: { repository: shop/worker } }
  worker: {}
  api: { image: { repository: team/api } }
  old: { image: { repository: team/api } }
  new: { image: { location: 'team/api:2' } }
`
  expect(problemsOf(yaml)).toEqual([
    '3:31  services.web.image.repository  is the repository of worker already; each service has one of its own',
    '6:31  services.old.image.repository  is the repository of api already; each service has one of its own',
  ])
})

test('a key of another region than the environment’s', () => {
  const repository = 'repository: { encryption: "arn:aws:kms:us-east-1:123456789012:key/k" }'
  expect(
    problemsOf(
      `app: shop\n${repository}\nservices: { web: {} }\nenvironments: { eu: { region: eu-west-1 }, us: { region: us-east-1 }, any: {} }\n`,
    ),
  ).toEqual([
    '2:27  repository.encryption  is a key of us-east-1, and eu is in eu-west-1; kms stands for AWS’s own key in each region',
  ])
})

test('environments whose services would have the same stack, told of once', () => {
  const yaml = `app: shop
services: { web: {}, eu-web: {} }
environments:
  dev: {}
  dev-eu: {}
`
  expect(problemsOf(yaml)).toEqual([
    '5:3  environments.dev-eu  its stack would be called like that of eu-web in dev: shop-dev-eu-web',
  ])
})

test('private tasks need a way to their image', () => {
  const manifest = (vpc: string, service = '{}') =>
    `app: shop\nservices: { web: ${service} }\nnetwork: { vpc: ${vpc} }\n`
  const own = 'id: vpc-1, subnets: { public: [subnet-1, subnet-2]'
  expect(
    [
      manifest('{ placement: private, nat: none }'),
      manifest('{ nat: none, endpoints: [logs] }', '{ network: { vpc: { placement: private } } }'),
      manifest('{ placement: private, nat: none }', '{ network: { vpc: { placement: public } } }'),
      manifest(`{ placement: private, ${own} } }`),
      manifest(`{ nat: single, zones: 3, ${own} } }`),
      manifest('{ zones: 3, cidr: 10.0.0.0/24 }'),
      manifest('{ id: default, subnets: { public: [subnet-1, subnet-2] } }'),
      manifest('{ id: default }'),
      manifest('{ security_groups: [sg-1, sg-2] }', '{ network: { vpc: { security_groups: [sg-3, sg-4, sg-5] } } }'),
    ].map((yaml) => problemsOf(yaml).map((problem) => problem.replace(/^[\d:]+ {2}/, ''))),
  ).toEqual([
    [
      'services.web.network.vpc.placement  has no way to its image and logs: set network.vpc.nat: single, or network.vpc.endpoints: true',
    ],
    [
      'services.web.network.vpc.placement  has no way to its image and logs: set network.vpc.nat: single, or network.vpc.endpoints: true',
    ],
    [],
    ['services.web.network.vpc.placement  needs two private subnets: name them under network.vpc.subnets.private'],
    [
      'network.vpc.nat  is for a new VPC; the one that id names has its own',
      'network.vpc.zones  is for a new VPC; the one that id names has its own',
    ],
    ['network.vpc.cidr  is too small for a third zone or private subnets: /23 at least'],
    ['network.vpc.subnets  are those of the default VPC'],
    [],
    [
      'services.web.network.vpc.security_groups  with those of the environment are more than four; a network interface has five, and one is ours',
    ],
  ])
})

test('networks that cannot be', () => {
  const manifest = (vpc: string) => `app: shop\nservices: { web: {} }\nnetwork: { vpc: ${vpc} }\n`
  expect(
    [
      '{ id: vpc-1 }',
      '{ id: vpc-1, subnets: { public: [subnet-1, subnet-1] }, cidr: 10.0.0.0/16 }',
      '{ subnets: { public: [subnet-1, subnet-2] }, cidr: 10.0.0.0/8 }',
      '{ cidr: 10.0.0.256/16 }',
      '{ cidr: 10.0.0.0/24 }',
      '{ security_groups: [sg-1, sg-2, sg-3, sg-4, sg-5] }',
      `{ id: vpc-1, subnets: { public: [${Array.from({ length: 17 }, (_, index) => `subnet-${index}`)}] } }`,
    ].map((vpc) => problemsOf(manifest(vpc))),
  ).toEqual([
    ['3:12  network.vpc.subnets  name two public subnets of the VPC, in different zones'],
    [
      '3:41  network.vpc.subnets.public  names a subnet twice',
      '3:79  network.vpc.cidr  is for a new VPC; the one that id names has its own',
    ],
    [
      '3:19  network.vpc.subnets  belong to a VPC: name it as id',
      '3:68  network.vpc.cidr  must be a block such as 10.0.0.0/16, of size /16 to /24',
    ],
    ['3:25  network.vpc.cidr  must be a block such as 10.0.0.0/16, of size /16 to /24'],
    [],
    ['3:19  network.vpc.security_groups  takes 4 at most'],
    ['3:41  network.vpc.subnets.public  takes 16 at most'],
  ])
})
