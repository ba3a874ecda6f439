import { expect, test } from 'vitest'
import { problemsOf, serviceManifest } from '../../support/problems.ts'

/** Settings of a service that AWS would refuse or that cannot work, and what is said of them. */
const refused: Record<string, [settings: string, problems: string[]]> = {
  'GPUs and instances of GPUs on plain instances': [
    '{ compute: ec2, gpus: 1, instances: [t3.small, g6.xlarge] }',
    [
      'gpus  plain instances have no GPUs; set compute: gpu',
      'instances[1]  g6.xlarge has GPUs; set compute: gpu for them',
    ],
  ],
  'a plain type that is too small, one that nobody knows, and one that is none': [
    '{ compute: ec2, instances: [t3.nano, m9i.large, foo], cpu: 4096 }',
    [
      'instances[0]  t3.nano has about 486 MiB for tasks, a task wants 512',
      'instances[1]  m9i.large is unknown; did you mean m6i.large? A newer type needs memory: beside it',
      'instances[2]  foo is no instance type',
    ],
  ],
  'processors of two kinds': [
    '{ compute: ec2, instances: [t3.small, t4g.small] }',
    ['instances[1]  t4g.small has Arm processors, and the tasks are for linux/amd64; choose types of one kind'],
  ],
  'processors that are not those of the platform': [
    '{ compute: ec2, platform: linux/arm64, instances: [m7i.large] }',
    ['instances[0]  m7i.large has x86 processors, and the tasks are for linux/arm64'],
  ],
  'a host and a place without instances': [
    '{ host: { disk: 50 }, placement: { strategies: [random] }, network: { mode: bridge } }',
    [
      'host  Fargate has no instances; compute: ec2 and gpu have',
      'placement  Fargate has no instances to choose between; compute: ec2 and gpu have',
      'network.mode  Fargate gives each task an interface of its own (awsvpc); instances have the others',
    ],
  ],
  'a warm pool of mixed types, of Spot, and asleep': [
    '{ compute: gpu, spot: true, host: { warm_pool: { state: hibernated } } }',
    [
      'host.warm_pool  is for a single instance type; name one under instances',
      'host.warm_pool  is not for Spot instances',
      'host.warm_pool.state  the ECS machine image does not hibernate; stopped or running',
    ],
  ],
  'bounds upside down, and SSH from everywhere': [
    '{ compute: ec2, host: { min_instances: 3, max_instances: 2, key_pair: { name: x, source: 0.0.0.0/0 } } }',
    [
      'host.min_instances  is more than max_instances, 2',
      'host.key_pair.source  lets half the world in; name the range that you come from',
    ],
  ],
  'fewer instances than the tasks need': [
    '{ compute: ec2, instances: [m7i.large], image: { port: 80 }, http: false, count: 2, network: { host_port: 8080 }, host: { max_instances: 1 } }',
    ['host.max_instances  is too few for 2 tasks: an instance holds one of them'],
  ],
  'fewer instances than the least tasks need, by the best of the types': [
    '{ compute: ec2, instances: [m7i.large, m7i.2xlarge], cpu: 2048, memory: 2048, count: { range: 5-9, cpu_percentage: 70 }, host: { max_instances: 1 } }',
    ['host.max_instances  is too few for 5 tasks: an instance holds 4 of them'],
  ],
  'an interface for a task that is public': [
    '{ compute: ec2, network: { mode: awsvpc } }',
    ['network.mode  an interface of its own gets no public address on an instance; set network.vpc.placement: private'],
  ],
  'ports without a network, without a container’s, and of the instance itself': [
    '{ compute: ec2, network: { mode: bridge, host_port: 22 } }',
    [
      'network.host_port  22 is a port that the instance needs itself',
      'network.host_port  leads to no port: name image.port',
    ],
  ],
  'a port of a container that has no network': [
    '{ compute: ec2, image: { port: 80 }, http: false, network: { mode: none } }',
    ['image.port  a container without a network listens on no port'],
  ],
  'a daemon with a number, instances and a load balancer': [
    '{ compute: ec2, scheduling: daemon, count: 2, instances: [t3.small], image: { port: 80 }, placement: { strategies: [random] } }',
    [
      'count  is the number of instances when there is a task on each',
      'instances  are those of the other services: a daemon has none of its own',
      'placement.strategies  there is nothing to choose: every instance has a task',
      'http  a daemon is not behind the load balancer; set http: false',
    ],
  ],
  'a daemon on Fargate': [
    '{ scheduling: daemon }',
    ['scheduling  a task on each instance is for compute: ec2 or external'],
  ],
  'what managed instances have not': [
    '{ compute: managed, shared_memory: 1, image: { labels: { a: b } }, host: { disk: 50, nvme: true }, network: { mode: bridge }, spot: { base: 1 } }',
    [
      'host.nvme  is for ECS to decide there, all but the disk',
      'image.labels  Managed Instances have no labels of containers',
      'network.mode  Managed Instances have awsvpc and host',
      'spot  Managed Instances are either all Spot or none; set spot: true',
      'shared_memory  Managed Instances have no shared memory of a size of one’s own; plain and GPU instances do (compute: ec2 or gpu)',
    ],
  ],
  'types of managed instances that are none, or on which no task has room': [
    '{ compute: managed, gpus: 2, cpu: 4096, memory: 9000, instances: [x, G6 big, t3.nano, g6.xlarge, g6.*, g9.*], network: { vpc: { placement: private } } }',
    [
      'instances[0]  x is no instance type and no pattern of types, such as g6.*',
      'instances[1]  G6 big is no instance type and no pattern of types, such as g6.*',
      'instances[2]  t3.nano has no GPU, a task wants 2',
      'instances[3]  g6.xlarge has 1 GPU, a task wants 2',
    ],
  ],
  'what machines that are not AWS’s have not': [
    '{ compute: external, instances: [t3.small], spot: true, image: { port: 80 }, network: { mode: awsvpc } }',
    [
      'instances  are yours, of whatever type; leave it out',
      'spot  is capacity of AWS; instances of your own are yours',
      'network.mode  machines that are not AWS’s have bridge, host and none',
      'http  no load balancer reaches machines that are not AWS’s; set http: false',
    ],
  ],
  'Windows with less than it needs, on Spot, to be built, and with Linux things': [
    '{ platform: windows/amd64, cpu: 512, memory: 1024, spot: true, init: true, storage: { readonly_fs: true } }',
    [
      'platform  an image for Windows is not built here; name one that exists as image.location',
      'cpu  a Windows task has 1024, 2048 or 4096 CPU units',
      'init  is for Linux; ECS has no such thing for Windows containers',
      'storage.readonly_fs  is for Linux; ECS has no such thing for Windows containers',
      'spot  there is no Fargate Spot for Windows',
    ],
  ],
}

test.each(Object.entries(refused))('refuses %s', (_what, [settings, problems]) => {
  const said = problemsOf(serviceManifest(settings)).map((line) => line.replace(/^\d+:\d+ {2}services\.web\./, ''))
  expect(said.sort()).toEqual([...problems].sort())
})

test.each([
  '{ compute: ec2 }',
  '{ compute: ec2, instances: [c7g.large], platform: linux/arm64 }',
  '{ compute: ec2, image: { port: 80 }, network: { mode: host } }',
  '{ compute: ec2, network: { mode: awsvpc, vpc: { placement: private } } }',
  '{ compute: gpu, instances: [g6.xlarge], host: { warm_pool: { min: 2 }, nvme: true } }',
  '{ compute: managed, gpus: 1, instances: [g6.*, g5*, m7i.large-x], host: { disk: 200 }, network: { vpc: { placement: private } } }',
  '{ compute: external, scheduling: daemon }',
  '{ image: { location: x }, platform: { osfamily: windows_server_2019_core }, cpu: 1024, memory: 2048, working_directory: C:\\app }',
])('nothing is wrong with %s', (settings) => {
  expect(problemsOf(serviceManifest(settings))).toEqual([])
})
