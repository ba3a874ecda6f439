import type { Random } from '../../src/emulator/random.ts'

type Fields = Readonly<Record<string, unknown>>

/** One setting of a manifest with its values, each as the part of the manifest that says it. */
type Setting = Readonly<Record<string, Fields>>
type Settings = Readonly<Record<string, Setting>>

const LONGEST = 'a-name-of-forty-characters-is-the-longest'.slice(0, 40)
const ACCOUNT = '123456789012'
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`

/** What a YAML reader, a shell or CloudFormation could take for something else. */
const AWKWARD = {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is CloudFormation's
  A: '${AWS::Region}',
  B: 'yes',
  C: '0x1f',
  D: '1e3',
  E: '',
  F: '"\'#: -\n',
  G: '漢 \u{1F600}',
  H: 1.5,
  I: false,
}

/** Of the ECS developer guide: each number of CPU units with its least and its greatest memory. */
const FARGATE: Setting = Object.fromEntries(
  [
    [256, 512],
    [256, 2048],
    [512, 1024],
    [512, 4096],
    [1024, 2048],
    [1024, 8192],
    [2048, 4096],
    [2048, 16384],
    [4096, 8192],
    [4096, 30720],
    [8192, 16384],
    [8192, 61440],
    [16384, 32768],
    [16384, 122880],
  ].map(([cpu, memory]) => [`fargate ${cpu} and ${memory}`, { cpu, memory }]),
)

const VPC = { id: 'vpc-0123456789abcdef0' }
const SUBNETS = ['subnet-0123456789abcdef0', { id: 'subnet-0123456789abcdef1' }, 'subnet-01234567']
const GROUPS = ['sg-0123456789abcdef0', 'sg-01234567']

const SERVICE: Settings = {
  compute: {
    default: {},
    ...FARGATE,
    cpu: { cpu: 1024 },
    memory: { memory: 61440, compute: 'fargate' },
    arm: { platform: 'linux/arm64' },
    gpu: { compute: 'gpu' },
    'one type': { compute: 'gpu', instances: ['g5.2xlarge'], memory: 20000, cpu: 4096, platform: 'linux/amd64' },
    'several GPUs': { compute: 'gpu', gpus: 2, instances: ['g5.12xlarge', 'g6.12xlarge'] },
    'all GPUs': { compute: 'gpu', gpus: 8, instances: ['p5.48xlarge'], cpu: 65536 },
    'newer type': { compute: 'gpu', instances: ['g9.xlarge'], memory: 8000 },
    plain: { compute: 'ec2' },
    'plain arm': { compute: 'ec2', instances: ['c7g.large', 'm7g.xlarge'], cpu: 512, memory: 1024 },
    'plain newer': { compute: 'ec2', instances: ['m9i.large'], memory: 1024 },
    'plain large': { compute: 'ec2', cpu: 4096, memory: 16384, platform: 'linux/arm64' },
    managed: { compute: 'managed', network: { vpc: { placement: 'private' } } },
    'managed GPU': {
      compute: 'managed',
      gpus: 1,
      instances: ['g6.*'],
      memory: 8192,
      network: { vpc: { placement: 'private' } },
    },
    external: { compute: 'external' },
    daemon: { compute: 'ec2', scheduling: 'daemon', http: false },
    windows: {
      platform: { osfamily: 'windows_server_2022_core' },
      cpu: 1024,
      memory: 2048,
      image: { location: 'nginx:1.29' },
    },
  },
  host: {
    none: {},
    all: {
      compute: 'ec2',
      host: {
        disk: 200,
        nvme: true,
        image_cache: 'prefer-cached',
        min_instances: 0,
        max_instances: 3,
        key_pair: { name: 'ops', source: '203.0.113.0/24' },
      },
    },
    warm: { compute: 'gpu', instances: ['g6.xlarge'], host: { warm_pool: {} } },
    fixed: { compute: 'ec2', host: { min_instances: 2, max_instances: 2 } },
  },
  placing: {
    none: {},
    chain: { compute: 'ec2', placement: { strategies: [{ spread: 'zone' }, { binpack: 'cpu' }, 'random'] } },
    bound: {
      compute: 'ec2',
      placement: { constraints: ['distinct_instance', 'attribute:ecs.instance-type !~ m1.*'] },
    },
  },
  mode: {
    none: {},
    bridge: { compute: 'ec2', image: { port: 80 }, network: { mode: 'bridge', host_port: 8080 } },
    host: { compute: 'ec2', network: { mode: 'host' } },
    interface: { compute: 'ec2', network: { mode: 'awsvpc', vpc: { placement: 'private' } } },
    off: { compute: 'ec2', network: { mode: 'none' } },
  },
  image: {
    default: {},
    folder: { image: { build: 'docker' } },
    dockerfile: { image: { build: 'docker/gpu.Dockerfile' } },
    details: { image: { build: { context: '.', dockerfile: 'Dockerfile', target: 'prod', args: { V: 1.2 } } } },
    repository: { image: { repository: 'team/sub_group/web.app' } },
    'secrets and caches': {
      image: {
        build: {
          context: '.',
          secrets: { npmrc: { file: '.npmrc' }, 'a.b': { env: 'TOKEN' } },
          ssh: true,
          cache_from: ['type=registry,ref=team/cache'],
          cache_to: ['type=inline'],
        },
      },
    },
    'private registry': { image: { location: 'registry.example.com:5000/team/web:1', credentials: 'team/registry' } },
    public: { image: { location: 'nginx:1.29' } },
    private: { image: { location: `${ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/team/web:1` } },
    digest: { image: { location: `${ACCOUNT}.dkr-ecr.us-east-1.on.aws/web@${DIGEST}` } },
  },
  port: {
    none: {},
    default: { image: { port: 80 } },
    'without load balancer': { image: { port: 65535 }, http: false },
    'health path': { image: { port: 8501 }, http: { healthcheck: '/_stcore/health', stickiness: true } },
    quick: {
      image: { port: 1 },
      http: {
        healthcheck: { interval: 5, timeout: 2, healthy_threshold: 2, grace_period: 0 },
        deregistration_delay: 0,
      },
    },
    patient: {
      image: { port: 3000 },
      http: {
        healthcheck: {
          path: '/up?deep=1&x',
          success_codes: '200-299,301',
          healthy_threshold: 10,
          unhealthy_threshold: 10,
          interval: '5m',
          timeout: '2m',
          grace_period: '2h',
        },
        deregistration_delay: '1h',
        stickiness: false,
      },
    },
    hosts: { image: { port: 80 }, http: { alias: ['a.example.com', '*.b.example.com'], path: '/a/b/c/d' } },
    records: {
      image: { port: 80 },
      http: {
        alias: ['d.example.com', { name: '*.e.example.org', hosted_zone: 'Z0123456789' }],
        hosted_zone: 'example.com',
      },
    },
    sources: {
      image: { port: 80 },
      http: { allowed_source_ips: ['10.0.0.0/8', '2001:db8::/32'], redirect_to_https: false, target_port: 81 },
    },
    ways: {
      image: { port: 80 },
      http: {
        healthcheck: { port: 90 },
        additional_rules: [
          { path: '/two', target_port: 90, healthcheck: '/up' },
          { path: '/three', alias: 'c.example.com', stickiness: true },
        ],
      },
    },
    internal: { image: { port: 80 }, http: { internal: true } },
    balanced: {
      image: { port: 80 },
      nlb: {
        port: 8080,
        stickiness: true,
        attributes: { 'load_balancing.cross_zone.enabled': 'true' },
        additional_listeners: [{ port: '53/udp', target_port: 53, healthcheck: { port: 80, interval: '30s' } }],
      },
    },
    open: { image: { port: 80 }, http: false, network: { ingress: { source_ips: ['0.0.0.0/0', '::/0'] } } },
    openInstance: {
      image: { port: 80 },
      http: false,
      compute: 'ec2',
      network: { ingress: { source_ips: ['203.0.113.0/24'] } },
    },
  },
  deployment: {
    default: {},
    recreate: { deployment: { rolling: 'recreate' } },
    percentages: {
      deployment: { minimum_healthy_percent: 50, maximum_percent: 200, circuit_breaker: { threshold: '25%' } },
    },
    'blue green': {
      image: { port: 80 },
      deployment: {
        strategy: 'blue_green',
        bake_time: 0,
        test: { header: 'X-Test', value: '1' },
        circuit_breaker: false,
      },
    },
    linear: {
      image: { port: 80 },
      deployment: { strategy: 'linear', percent: 3, step_time: 0, circuit_breaker: { threshold: 1 } },
    },
    canary: {
      image: { port: 80 },
      deployment: { strategy: 'canary', percent: 0.1, step_time: '24h', zone_rebalancing: false },
    },
  },
  connect: {
    none: {},
    client: { network: { connect: true } },
    named: { image: { port: 80 }, network: { connect: { alias: 'api.internal' } } },
  },
  check: {
    none: {},
    line: { image: { healthcheck: { command: 'curl -f "localhost:80/$X" || exit 1' } } },
    words: { image: { healthcheck: { command: ['CMD', 'true'], interval: '5m', timeout: '1m', retries: 10 } } },
    slow: { image: { healthcheck: { command: ['true'], interval: 5, timeout: 2, retries: 1, start_period: '5m' } } },
  },
  count: {
    default: {},
    none: { count: 0 },
    one: { count: 1 },
    three: { count: 3 },
    many: { count: 100 },
    'all spot': { count: { spot: 5 } },
    load: { count: { range: '2-10', cpu_percentage: 70, memory_percentage: { value: 80, cooldown: { in: '10m' } } } },
    visitors: {
      image: { port: 80 },
      count: { range: { max: 10 }, requests: 600, response_time: '500ms', cooldown: { out: 30 } },
    },
    spot: { count: { range: { min: 1, max: 5, spot_from: 2 }, memory_percentage: 80 } },
    asleep: { image: { port: 80 }, compute: 'gpu', count: { range: '0-1', idle: '30m' } },
    scheduled: {
      count: {
        range: '0-0',
        timezone: 'Europe/Berlin',
        schedule: [
          { when: 'cron(0 8 ? * MON-FRI *)', range: '1-4' },
          { when: 'rate(1 day)', range: 0 },
        ],
      },
    },
    queue: {
      count: {
        range: '0-20',
        idle: { after: '10m', wake: true },
        queue_delay: { queue: 'videos', acceptable_latency: '10m', msg_processing_time: '90s' },
      },
    },
    followed: {
      count: {
        range: '1-12',
        step: {
          backlog: {
            metric: { namespace: 'demo', name: 'waiting', dimensions: { queue: 'videos' }, statistic: 'Maximum' },
            steps: [
              { from: 10, add: 1 },
              { from: 100, add: 4 },
              { below: 1, remove: 1 },
            ],
          },
        },
      },
    },
  },
  command: {
    none: {},
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's
    line: { command: 'sh -c \'echo ${HOME} "$1"\' --' },
    words: { command: ['', '- x', '{}', '!Ref X'], entrypoint: ['/usr/bin/tini', '--'] },
  },
  variables: {
    none: {},
    one: { variables: { MODEL_NAME: 'svd' } },
    awkward: { variables: AWKWARD },
    imported: { variables: { DB_HOST: { from_cfn: 'data-Host' }, LEVEL: 'info' } },
  },
  'env file': { none: {}, s3: { env_file: 'arn:aws:s3:::settings.example.com/a/b-c.env' } },
  secrets: {
    none: {},
    parameters: {
      secrets: { T1: '/img2vid/hf-token', T2: 'plain', T3: `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/x/y` },
    },
    secret: { secrets: { K1: { secretsmanager: 'shop/key' }, K2: { secretsmanager: 'shop/key:user::' } } },
    arn: {
      secrets: {
        K3: `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:other-AbCdEf`,
        K4: { secretsmanager: `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:other-AbCdEf:user:AWSCURRENT:` },
        T4: '/img2vid/hf-token',
      },
    },
    imported: { secrets: { K5: { from_cfn: 'data-Password' }, T5: { from_cfn: 'data-Parameter' } } },
  },
  process: {
    none: {},
    all: {
      user: '1000:1000',
      working_directory: '/app',
      init: true,
      capabilities: { add: ['SYS_PTRACE'], drop: ['NET_RAW'] },
      start_timeout: 2,
      stop_timeout: '2m',
    },
    few: { user: 'app', init: false, capabilities: { drop: ['ALL'] }, image: { labels: { 'a.b/c': 'd e' } } },
  },
  limits: {
    none: {},
    files: { ulimits: { nofile: 65536 } },
    share: { limits: { cpu: 64, memory: 256, memory_reservation: 128 } },
    locked: { compute: 'gpu', ulimits: { memlock: { soft: -1, hard: -1 }, nofile: { soft: 1024, hard: -1 } } },
    'in memory': { compute: 'gpu', shared_memory: 64, tmpfs: { '/scratch': 8 } },
  },
  sidecars: {
    none: {},
    built: { sidecars: { 'a-b': { image: { build: { context: '.', dockerfile: 'Dockerfile', args: { A: 1 } } } } } },
    one: { sidecars: { proxy: { image: 'envoy:1', port: 9901 } } },
    ordered: {
      image: { depends_on: { setup: 'success', cache: 'healthy' } },
      sidecars: {
        setup: { image: { location: `${ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/setup:1` }, essential: false },
        cache: {
          image: 'redis:8',
          port: '6379/tcp',
          healthcheck: { command: 'redis-cli ping' },
          labels: { a: 'b' },
          depends_on: { setup: 'COMPLETE' },
          limits: { memory: 64 },
          secrets: { PASSWORD: '/cache/password' },
          credentialsParameter: `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:registry-AbCdEf`,
        },
      },
    },
  },
  buckets: {
    none: {},
    read: { permissions: { buckets: { read: ['models', 's3://weights/svd/xt/', 'models/x'] } } },
    write: { permissions: { buckets: { write: ['results.example.com'] } } },
    both: { permissions: { buckets: { read: ['models'], write: ['models', 'results/2026/'] } } },
    tables: {
      permissions: { tables: { read: ['users'], write: [`arn:aws:dynamodb:eu-west-1:${ACCOUNT}:table/a.b`] } },
    },
    queues: { permissions: { queues: { send: ['a.fifo'], receive: ['b'] }, topics: { publish: ['c'] } } },
    policies: {
      permissions: { policies: ['arn:aws:iam::aws:policy/AWSXRayDaemonWriteAccess'], boundary: 'team-boundary' },
    },
    statements: {
      permissions: {
        statements: [
          {
            Effect: 'Allow',
            Action: ['bedrock:Invoke*'],
            Resource: '*',
            Condition: { Bool: { 'aws:SecureTransport': true } },
          },
          { Sid: 'No', Effect: 'Deny', NotAction: 's3:Get*', NotResource: ['arn:aws:s3:::models/*'] },
        ],
        boundary: `arn:aws:iam::${ACCOUNT}:policy/team/boundary`,
      },
    },
  },
  storage: {
    none: {},
    made: {
      storage: { volumes: { files: { path: '/files', efs: true }, more: { path: '/more', efs: { uid: 0, gid: 0 } } } },
    },
    existing: {
      storage: {
        volumes: {
          a: { path: '/a', efs: 'fs-01234567' },
          b: {
            path: '/b',
            read_only: false,
            efs: { id: 'fs-0123456789abcdef0', root_dir: '/x y', auth: { iam: false } },
          },
          d: { path: '/d', efs: { id: { from_cfn: 'data-Files' } } },
          c: { path: '/c', efs: { id: 'fs-01234567', auth: { access_point_id: 'fsap-0123456789abcdef0' } } },
        },
      },
    },
    disk: { storage: { volumes: { disk: { path: '/disk', ebs: 20 } } } },
    'fast disk': {
      storage: {
        volumes: {
          disk: {
            path: '/disk',
            ebs: { snapshot: 'snap-0123456789abcdef0', type: 'io2', iops: 5000, filesystem: 'ext4' },
          },
        },
      },
    },
    sealed: { storage: { readonly_fs: true, volumes: { scratch: { path: '/tmp' }, unused: { path: '/unused' } } } },
    ephemeral: { storage: { ephemeral: 21 } },
    instance: {
      compute: 'gpu',
      storage: {
        volumes: {
          weights: { path: '/w', host: '/mnt/weights' },
          cache: { path: '/c', docker: { scope: 'shared', driver: 'local', driver_opts: { type: 'tmpfs' } } },
          own: { path: '/o', docker: true },
        },
      },
    },
  },
  exec: { none: {}, on: { exec: true }, off: { exec: false } },
  place: {
    default: {},
    public: { network: { vpc: { placement: 'public', security_groups: GROUPS } } },
    imported: { network: { vpc: { security_groups: [{ from_cfn: 'data-Group' }] } } },
  },
  logging: {
    default: {},
    day: { logging: { retention: 1 } },
    years: { logging: { retention: 3653 } },
    routed: {
      logging: {
        destination: { Name: 'cloudwatch', log_group_name: '/shop/all', region: 'eu-west-1', auto_create_group: true },
        enableMetadata: false,
        configFilePath: '/extra.conf',
        image: 'fluent:1',
      },
    },
    hosted: {
      logging: {
        destination: { Name: 'http', Host: 'logs.example.com' },
        secretOptions: { Key: '/logs/key' },
        variables: { LEVEL: 1 },
        secrets: { OWN: '/logs/own' },
      },
    },
    splunk: {
      logging: { driver: 'splunk', options: { 'splunk-url': 'https://x' }, secretOptions: { 'splunk-token': 'T' } },
    },
    file: { compute: 'gpu', logging: { driver: 'json-file', options: { 'max-size': '10m' } } },
  },
  tracing: { none: {}, xray: { observability: { tracing: 'awsxray' } } },
  spot: {
    none: {},
    all: { spot: true },
    base: { spot: { base: 2 } },
    mixed: { spot: { base: 1, weight: 3 } },
    off: { spot: false },
  },
}

const ENVIRONMENT: Settings = {
  network: {
    new: {},
    large: { network: { vpc: { cidr: '10.1.0.0/16' } } },
    small: { network: { vpc: { cidr: '192.168.255.0/24', security_groups: GROUPS } } },
    private: { network: { vpc: { placement: 'private', cidr: '10.1.0.0/23' } } },
    zones: {
      network: { vpc: { zones: 3, placement: 'private', nat: 'zone', flow_logs: true, security_groups: GROUPS } },
    },
    regional: { network: { vpc: { zones: 3, nat: 'regional', flow_logs: { retention: 7 } } } },
    shut: { network: { vpc: { placement: 'private', nat: 'none', endpoints: true } } },
    reaching: { network: { vpc: { endpoints: ['ecr.api', 'bedrock-runtime', 's3', 'dynamodb'], nat: 'single' } } },
    existing: { network: { vpc: { ...VPC, subnets: { public: SUBNETS.slice(0, 2) } } } },
    inner: {
      network: {
        vpc: { ...VPC, placement: 'private', subnets: { public: SUBNETS.slice(0, 2), private: SUBNETS.slice(1) } },
      },
    },
    guarded: { network: { vpc: { ...VPC, subnets: { public: SUBNETS }, security_groups: GROUPS } } },
  },
  certificate: {
    none: {},
    own: { certificate: `arn:aws:acm:us-east-1:${ACCOUNT}:certificate/0a1b2c3d-0123-0123-0123-0123456789ab` },
  },
  security: { default: {}, strict: { security: 'strict' } },
  region: { default: {}, given: { region: 'us-east-1', profile: 'work' } },
}

const APPS = ['a', 'shop', 'aws-shop', 'ecs', 'fargate-1', LONGEST]
const SERVICES = ['b', 'web', 'image-worker', 'load-balancer', 'cluster', 'x1-y2-z3', LONGEST]
const PATHS = ['/', '/api', '/api/', '/a/b/c/d/e/f', `/~${'x'.repeat(117)}`, "/$-_.+'@:&", '/A']

export interface DrawnManifest {
  readonly manifest: Fields
  readonly environment: string
  /** What was chosen where, such as `compute: gpu`. */
  readonly choices: readonly (readonly string[])[]
}

/** Where nothing is said, which is the first choice of each setting, features do not get in each other's way. */
const SILENT = 0.75

/**
 * A manifest with one choice for each setting; the same for the same state of chance. Choices that do not go together are
 * drawn as well. Those that are `wanted` are made by its first service and its environment, `alone` with all else left out.
 */
export function drawManifest(
  { fraction }: Pick<Random, 'fraction'>,
  wanted: readonly string[] = [],
  alone = false,
): DrawnManifest {
  const pick = <Item>(items: readonly Item[]): Item => items[Math.floor(fraction() * items.length)] as Item
  const choose = (setting: string, all: [string, Fields][]): [string, Fields] => {
    const asked = all.find(([choice]) => wanted.includes(`${setting}: ${choice}`))
    const drawn = alone || fraction() < SILENT ? all[0] : pick(all)
    return asked ?? drawn ?? ['', {}]
  }
  const draw = (settings: Settings) =>
    Object.entries(settings).map(([setting, values]) => {
      const [choice, part] = choose(setting, Object.entries(values))
      return { name: `${setting}: ${choice}`, part }
    })
  const several = <Item>(items: readonly Item[], count: number): Item[] =>
    items
      .map((item) => ({ item, place: fraction() }))
      .sort((x, y) => x.place - y.place)
      .slice(0, count)
      .map(({ item }) => item)

  const count = alone ? 1 : pick([1, 1, 2, 3])
  const names = several(SERVICES, count)
  const paths = several(
    PATHS.filter((path) => path !== '/api' || count === 1),
    count,
  )
  const drawn = names.map(() => draw(SERVICE))
  const services = drawn.map((parts, index) =>
    ownPlaces(combined(parts.map(({ part }) => part)), index, paths[index] ?? '/'),
  )
  const around = draw(ENVIRONMENT)
  const choices = drawn.map((parts) => [...parts, ...around].map(({ name }) => name))
  const [environment, override] = [pick(['dev', 'prod', LONGEST]), names.find(() => fraction() < 0.3)]
  return {
    manifest: {
      app: pick(APPS),
      services: Object.fromEntries(names.map((name, index) => [name, services[index]])),
      environments: {
        // A record leads to one environment.
        ...(choices.flat().includes('port: records') ? {} : { other: null }),
        [environment]: combined([
          ...around.map(({ part }) => part),
          override === undefined ? {} : { services: { [override]: { count: 2, variables: { LEVEL: 'debug' } } } },
        ]),
      },
    },
    environment,
    choices,
  }
}

/** Every choice of a setting but the first, by which nothing is said. */
export const choices = (): string[] =>
  Object.entries({ ...SERVICE, ...ENVIRONMENT }).flatMap(([setting, values]) =>
    Object.keys(values)
      .slice(1)
      .map((choice) => `${setting}: ${choice}`),
  )

/** All pairs of choices of different settings that one service can have. */
export function pairs(): Set<string> {
  const choices = Object.entries({ ...SERVICE, ...ENVIRONMENT }).map(([setting, values]) =>
    Object.keys(values).map((choice) => `${setting}: ${choice}`),
  )
  return new Set(
    choices.flatMap((some, index) =>
      choices.slice(index + 1).flatMap((others) => some.flatMap((one) => others.map((other) => `${one}, ${other}`))),
    ),
  )
}

export const pairsOf = (choices: readonly string[]): string[] =>
  choices.flatMap((one, index) => choices.slice(index + 1).map((other) => `${one}, ${other}`))

const isGroup = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Parts of one thing together. Where an image exists, nothing else is said of its making. */
function combined(parts: readonly Fields[]): Fields {
  const all: Record<string, unknown> = {}
  for (const [key, value] of parts.flatMap((part) => Object.entries(part))) {
    const before = all[key]
    all[key] = isGroup(before) && isGroup(value) ? combined([before, value]) : value
  }
  return all
}

/** A path for what is behind the load balancer, and a repository that no other service has. */
function ownPlaces(service: Fields, index: number, path: string): Fields {
  const { port, repository } = isGroup(service.image) ? service.image : {}
  return combined([
    service,
    port !== undefined && service.http !== false ? { http: { path } } : {},
    repository !== undefined ? { image: { repository: `${repository}-${index}` } } : {},
  ])
}
