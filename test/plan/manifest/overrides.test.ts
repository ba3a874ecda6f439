import { expect, test } from 'vitest'
import { resolveEnvironment } from '../../../src/plan/manifest/environment.ts'
import type { Environment } from '../../../src/plan/manifest/model.ts'
import type { Overrides } from '../../../src/plan/manifest/overrides.ts'
import { readManifest } from '../../../src/plan/manifest/read.ts'
import { problemsOf } from '../../support/problems.ts'

const resolve = (yaml: string, flags: Overrides, env = 'dev'): Environment =>
  resolveEnvironment(readManifest(yaml, 'img2vid.yaml', flags), env)

const ONE = `app: shop
services:
  web:
    image: { build: ./web, port: 80, repository: old/name }
    variables: { A: a, MODEL_NAME: small }
    permissions: { buckets: { read: [mine/own], write: [results] } }
environments:
  dev:
  prod:
    services:
      web:
        image: { build: ./prod }
        variables: { MODEL_NAME: large }
        permissions: { buckets: { read: [theirs] } }
`

test('flags speak for the base and for what an environment says otherwise', () => {
  const flags = { image: 'nginx:1', model: 'tiny', bucket: 's3://models/svd', instanceType: ['g6.xlarge'] }
  const all = { kind: 'gpu', gpus: 1, instances: ['g6.xlarge'], cpu: undefined, memory: 12288 }
  expect([resolve(ONE, flags).services[0], resolve(ONE, flags, 'prod').services[0]]).toMatchObject([
    {
      image: { kind: 'existing', location: 'nginx:1' },
      port: 80,
      compute: all,
      settings: {
        variables: { A: 'a', MODEL_NAME: 'tiny', S3_BUCKET: 'models' },
        permissions: { buckets: { read: ['s3://models/svd', 'mine/own'], write: ['results'] } },
      },
    },
    {
      image: { kind: 'existing', location: 'nginx:1' },
      port: 80,
      compute: all,
      settings: {
        variables: { A: 'a', MODEL_NAME: 'tiny', S3_BUCKET: 'models' },
        permissions: { buckets: { read: ['s3://models/svd', 'theirs'], write: ['results'] } },
      },
    },
  ])
})

test('the name of a repository is for the build that there is', () => {
  expect(resolve(ONE, { repo: 'team/web' }).services[0]?.image).toEqual({
    kind: 'build',
    repository: 'team/web',
    context: './web',
    dockerfile: './web/Dockerfile',
    target: undefined,
    args: {},
    secrets: [],
    ssh: [],
    cacheFrom: [],
    cacheTo: [],
  })
})

test('without flags nothing is changed, not even what is wrong', () => {
  expect(problemsOf('app: shop\nservices: [web]\n', { image: 'nginx', vpc: 'vpc-1' })).toEqual([
    '2:1  services  expected a group of names with their values',
  ])
  expect(problemsOf('app: shop\nservices: { web: 5 }\nnetwork: 5\n', { image: 'nginx', vpc: 'vpc-1' })).toEqual([
    '2:18  services.web  expected a group of settings',
    '3:10  network  expected a group of settings',
  ])
  expect(
    problemsOf('app: shop\nservices: { web: { image: 5, permissions: [] } }\n', { image: 'x', bucket: 'models' }),
  ).toEqual([
    '2:27  services.web.image  expected build: with a folder, or location: with the name of an image',
    '2:30  services.web.permissions  expected a group of settings',
  ])
})

const NETWORKS = `app: shop
services: { web: {} }
network: { vpc: { id: vpc-1, subnets: { public: [subnet-1, subnet-2] }, security_groups: [sg-1] } }
environments:
  dev:
  prod: { network: { vpc: { cidr: 10.1.0.0/16 } } }
`

test('another VPC brings its own subnets and security groups; the same keeps those of the manifest', () => {
  const network = (flags: Overrides, env?: string) => resolve(NETWORKS, flags, env).network
  const subnets = ['subnet-8', 'subnet-9']
  expect([
    network({ vpc: 'vpc-2', subnets }),
    network({ vpc: 'vpc-1', securityGroup: ['sg-2'] }),
    network({ subnets }),
    network({ securityGroup: ['sg-2', 'sg-3'] }),
    network({ vpc: 'vpc-2', subnets }, 'prod'),
  ]).toEqual([
    { kind: 'existing', vpc: 'vpc-2', subnets, privateSubnets: [], securityGroups: [] },
    { kind: 'existing', vpc: 'vpc-1', subnets: ['subnet-1', 'subnet-2'], privateSubnets: [], securityGroups: ['sg-2'] },
    { kind: 'existing', vpc: 'vpc-1', subnets, privateSubnets: [], securityGroups: ['sg-1'] },
    {
      kind: 'existing',
      vpc: 'vpc-1',
      subnets: ['subnet-1', 'subnet-2'],
      privateSubnets: [],
      securityGroups: ['sg-2', 'sg-3'],
    },
    { kind: 'existing', vpc: 'vpc-2', subnets, privateSubnets: [], securityGroups: [] },
  ])
})

test('a wrong flag is a problem under its own name, after those of the text', () => {
  const yaml = 'app: Shop\nservices: { web: { gpus: 4 } }\nnetwork: { vpc: { cidr: 10.0.0.0/16 } }\n'
  expect(
    problemsOf(yaml, { image: 'a b', repo: 'A', bucket: 'My/Bucket', subnets: ['subnet-1'], securityGroup: ['x'] }),
  ).toEqual([
    '1:6  app  expected a name of lower-case letters, digits and single hyphens that begins with a letter, at most 40 long',
    '2:26  services.web.gpus  Fargate has no GPUs; set compute: gpu, or leave it out',
    '--image  expected the name of an image in small letters, such as nginx:1.29',
    '--repo  expected the name of a repository: lower-case letters and digits, with . _ - or / between them',
    '--bucket  expected a bucket, with an optional prefix: bucket/prefix',
    '--subnets  needs 2 at least',
    '--security-group  expected the id of a security group: sg-…, or from_cfn: with the name of an export',
    '--subnets  belong to a VPC: name it as id',
  ])
  expect(problemsOf(yaml.toLowerCase(), { instanceType: ['g5.xlarge', 'foo'] })).toEqual([
    '--instance-type  g5.xlarge has 1 GPU, a task wants 4',
    '--instance-type  foo is no instance type',
  ])
  expect(problemsOf('app: shop\nservices: { web: {} }\n', { vpc: 'vpc-1' })).toEqual([
    '--subnets  name two public subnets of the VPC, in different zones',
  ])
})

test('flags for one of several services want its name', () => {
  const yaml = 'app: shop\nservices: { web: {}, api: {} }\n'
  expect(problemsOf(yaml, { image: 'nginx' })).toEqual(['--service  is missing'])
  expect(problemsOf(yaml, { image: 'nginx', service: 'wbe' })).toEqual(['--service  must be web or api'])
  expect(resolve(yaml, { image: 'nginx', service: 'api' }).services.map(({ image }) => image.kind)).toEqual([
    'build',
    'existing',
  ])
  expect(resolve(yaml, { vpc: 'vpc-1', subnets: ['subnet-1', 'subnet-2'] }).network.kind).toBe('existing')
})
