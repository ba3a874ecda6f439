import { expect, test } from 'vitest'
import { problemsOf, serviceManifest } from '../../support/problems.ts'

const NAME =
  'expected a name of lower-case letters, digits and single hyphens that begins with a letter, at most 40 long'

const files: Record<string, [yaml: string, problems: string[]]> = {
  'an empty file': ['', ['1:1  app  is missing', '1:1  services  is missing']],
  'nothing but a comment': ['# to do\n', ['1:1  app  is missing', '1:1  services  is missing']],
  'a word': ['hello', ['1:1  expected a group of settings: app, services, environments']],
  'a list': ['# two\n- web\n- api\n', ['2:1  expected a group of settings: app, services, environments']],
  'sections without a value': [
    'app:\nservices:\nenvironments:\nnetwork:\n',
    [
      `1:1  app  is empty; ${NAME}`,
      '2:1  services  is empty; expected a group of names with their values',
      '3:1  environments  is empty; expected a group of names with their values',
      '4:1  network  is empty; expected a group of settings',
    ],
  ],
  'lists where groups belong': [
    'app: shop\nservices: [web]\nenvironments: [dev, prod]\nnetwork: []\n',
    [
      '2:1  services  expected a group of names with their values',
      '3:1  environments  expected a group of names with their values',
      '4:1  network  expected a group of settings',
    ],
  ],
  'no service at all': ['app: shop\nservices: {}\n', ['2:1  services  needs one service at least']],
  'a service without a value': [
    'app: shop\nservices:\n  web:\n',
    ['3:3  services.web  is empty; expected a group of settings'],
  ],
  'environments that are no groups': [
    'app: shop\nservices: { web: {} }\nenvironments:\n  dev: 5\n  prod:\n    services: { web: on }\n',
    [
      '4:8  environments.dev  expected a group of settings',
      '6:22  environments.prod.services.web  expected a group of settings',
    ],
  ],
  'names that no stack can have': [
    `app: Shop\nservices:\n  Web: {}\n  2nd: {}\n  web_1: {}\n  web-: {}\n  a--b: {}\n  ${'x'.repeat(41)}: {}\nenvironments:\n  pre prod:\n`,
    [
      `1:6  app  ${NAME}`,
      `3:3  services.Web  ${NAME}`,
      `4:3  services.2nd  ${NAME}`,
      `5:3  services.web_1  ${NAME}`,
      `6:3  services.web-  ${NAME}`,
      `7:3  services.a--b  ${NAME}`,
      `8:3  services.${'x'.repeat(41)}  ${NAME}`,
      `10:3  environments.pre prod  ${NAME}`,
    ],
  ],
  'a manifest of AWS Copilot': [
    'name: api\ntype: Backend Service\nimage: { build: ./Dockerfile, port: 80 }\ncpu: 256\n',
    [
      '2:1  type  is AWS Copilot’s manifest of a single service; here one file has all of them: write app: with the application’s name, and all but name and type below services.api',
    ],
  ],
  'an environment of AWS Copilot': [
    'name: prod\ntype: Environment\nnetwork: { vpc: { cidr: 10.0.0.0/16 } }\n',
    [
      '2:1  type  is AWS Copilot’s manifest of an environment; here one file has all of them: write app: with the application’s name, services: with its services, and all but name and type below environments.prod',
    ],
  ],
  'a job of AWS Copilot': [
    'name: report\ntype: Scheduled Job\nimage: { build: . }\non: { schedule: "@daily" }\n',
    ['2:1  type  is AWS Copilot’s manifest of a job; img2vid deploys services, which go on running'],
  ],
  'a site of AWS Copilot': [
    'name: web\ntype: Static Site\nfiles: [{ source: src }]\n',
    ['2:1  type  is AWS Copilot’s manifest of a site without a container; img2vid deploys containers'],
  ],
  'unknown keys at the top': [
    'app: shop\nservice: {}\nservices: { web: {} }\nenviroments: {}\nport: 80\nregion: us-east-1\nzzz: 1\n',
    [
      '2:1  service  unknown; did you mean services?',
      '4:1  enviroments  unknown; did you mean environments?',
      '5:1  port  unknown; did you mean services.NAME.image.port or services.NAME.nlb.port?',
      '6:1  region  unknown; did you mean environments.NAME.region?',
      '7:1  zzz  unknown',
    ],
  ],
  'unknown keys of an environment and a network': [
    `app: shop
services: { web: {} }
environments:
  dev:
    regoin: us-east-1
    subnets: [a]
    count: 2
    network: { vpc: { ID: vpc-1, subnet: [] }, cidr: 10.0.0.0/16 }
`,
    [
      '5:5  environments.dev.regoin  unknown; did you mean region?',
      '6:5  environments.dev.subnets  unknown; did you mean network.vpc.subnets?',
      '7:5  environments.dev.count  unknown; did you mean environments.dev.services.NAME.count?',
      '8:23  environments.dev.network.vpc.ID  unknown; did you mean id?',
      '8:34  environments.dev.network.vpc.subnet  unknown; did you mean subnets?',
      '8:48  environments.dev.network.cidr  unknown; did you mean vpc.cidr?',
    ],
  ],
  'ids, regions and certificates of another form': [
    `app: shop
services: { web: {} }
environments:
  dev:
    region: us-east
    profile: ''
    certificate: example.com
    network: { vpc: { id: my-vpc, cidr: 7, subnets: { public: [subnet-1, 5, { id: x }] }, security_groups: [] } }
`,
    [
      '5:13  environments.dev.region  expected a region such as us-east-1',
      '6:14  environments.dev.profile  must not be empty',
      '7:18  environments.dev.certificate  expected the ARN of a certificate: arn:aws:acm:…',
      '8:27  environments.dev.network.vpc.id  expected the id of a VPC: vpc-…, or default',
      '8:41  environments.dev.network.vpc.cidr  expected text',
      '8:74  environments.dev.network.vpc.subnets.public[1]  expected the id of a subnet: subnet-…',
      '8:83  environments.dev.network.vpc.subnets.public[2].id  expected the id of a subnet: subnet-…',
      '8:91  environments.dev.network.vpc.security_groups  must not be empty',
    ],
  ],
}

test.each(Object.entries(files))('every problem of %s has its place', (_name, [yaml, problems]) => {
  expect(problemsOf(yaml)).toEqual(problems)
})

/** Settings of the service `web`, which begins at 3:8. */
const services: Record<string, [settings: string, problems: string[]]> = {
  'unknown keys of a service': [
    '{ imge: 1, port: 80, healthcheck: /, cmd: x, env: {}, Instances: [], gpu: 1, replicas: 2, build: ., buckets: {}, zz: 1 }',
    [
      '3:10  services.web.imge  unknown; did you mean image?',
      '3:19  services.web.port  unknown; did you mean image.port or nlb.port?',
      '3:29  services.web.healthcheck  unknown; did you mean image.healthcheck, http.healthcheck or nlb.healthcheck?',
      '3:45  services.web.cmd  unknown; did you mean command?',
      '3:53  services.web.env  unknown; did you mean variables?',
      '3:62  services.web.Instances  unknown; did you mean instances?',
      '3:77  services.web.gpu  unknown; did you mean gpus?',
      '3:85  services.web.replicas  unknown; did you mean count?',
      '3:98  services.web.build  unknown; did you mean image.build?',
      '3:108  services.web.buckets  unknown; did you mean permissions.buckets?',
      '3:121  services.web.zz  unknown',
    ],
  ],
  'unknown keys of an image': [
    '{ image: { prt: 1, build: { contxt: ., platform: x }, healthcheck: { cmd: x, startPeriod: 5s } } }',
    [
      '3:19  services.web.image.prt  unknown; did you mean port?',
      '3:36  services.web.image.build.contxt  unknown; did you mean context?',
      '3:47  services.web.image.build.platform  unknown; did you mean services.web.platform?',
      '3:62  services.web.image.healthcheck.command  is missing',
      '3:77  services.web.image.healthcheck.cmd  unknown; did you mean command?',
      '3:85  services.web.image.healthcheck.startPeriod  unknown; did you mean start_period?',
    ],
  ],
  'an image, a build and a strategy of which nobody can tell which form was meant': [
    "{ image: { build: { ssh: default, target: 'a b', secrets: { a: { file: x, env: Y }, b: { environment: X } } } }, sidecars: { a: { image: { build: ., location: x } } }, compute: ec2, placement: { strategies: [{ binpack: gpu }, { binpack: cpu, spread: zone }] } }",
    [
      '3:33  services.web.image.build.ssh  expected true, or a list of keys as docker build --ssh has them',
      '3:50  services.web.image.build.target  expected text without spaces',
      '3:68  services.web.image.build.secrets.a  expected file: with a path, or env: with the name of a variable',
      '3:92  services.web.image.build.secrets.b  expected file: with a path, or env: with the name of a variable',
      '3:138  services.web.sidecars.a.image  expected the name of an image in small letters, such as nginx:1.29, or build: with a folder, a Dockerfile or details',
      '3:227  services.web.placement.strategies[0].binpack  must be cpu or memory; did you mean cpu?',
      '3:234  services.web.placement.strategies[1]  expected random, or spread or binpack with what to look at',
    ],
  ],
  'a range of addresses that there is not': [
    '{ compute: ec2, host: { key_pair: { name: ops, source: 300.1.1.1/24 } } }',
    ['3:63  services.web.host.key_pair.source  expected a range of addresses such as 203.0.113.0/24'],
  ],
  'strategies and constraints in words of others': [
    '{ compute: ec2, placement: { strategies: [{ spread: az }, { spread: "attribute:" }], constraints: [distinctInstance, memberOf, "attribute:a exists", "not (agentVersion < 1.2)"] } }',
    [
      '3:60  services.web.placement.strategies[0].spread  expected zone, instance, or attribute: and its name',
      '3:76  services.web.placement.strategies[1].spread  expected zone, instance, or attribute: and its name',
      '3:107  services.web.placement.constraints[0]  expected distinct_instance, or a query such as attribute:ecs.instance-type =~ g6.*',
      '3:125  services.web.placement.constraints[1]  expected distinct_instance, or a query such as attribute:ecs.instance-type =~ g6.*',
    ],
  ],
  'names of images that Docker cannot read, and builds from elsewhere': [
    "{ image: { build: 'https://example.com/x.git' }, sidecars: { a: { image: 'https://example.com/x' }, b: { image: 'Nginx:1' }, c: { image: 'nginx:' }, d: { image: 'nginx@sha256:abc' }, e: { image: 'registry.example.com:5000/team/a_b__c--d:V1.x@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' } } }",
    [
      '3:26  services.web.image.build  expected a folder of this machine, the path of a Dockerfile, or details of the build',
      ...[81, 120, 145, 169].map(
        (column, index) =>
          `3:${column}  services.web.sidecars.${'abcd'[index]}.image  expected the name of an image in small letters, such as nginx:1.29, or build: with a folder, a Dockerfile or details`,
      ),
    ],
  ],
  'unknown keys of http and its health check': [
    '{ http: { pth: /, port: 80, healthcheck: { pat: /, grace: 5s } } }',
    [
      '3:10  services.web.http  needs image.port: the port that the container listens on',
      '3:18  services.web.http.pth  unknown; did you mean path?',
      '3:26  services.web.http.port  unknown; did you mean healthcheck.port?',
      '3:51  services.web.http.healthcheck.pat  unknown; did you mean path?',
      '3:59  services.web.http.healthcheck.grace  unknown; did you mean grace_period?',
    ],
  ],
  'unknown keys of secrets, permissions and logging': [
    '{ secrets: { A: { secretmanager: x } }, permissions: { bucket: {}, buckets: { reed: [] } }, logging: { days: 3 } }',
    [
      '3:21  services.web.secrets.A.secretsmanager  is missing',
      '3:26  services.web.secrets.A.secretmanager  unknown; did you mean secretsmanager?',
      '3:63  services.web.permissions.bucket  unknown; did you mean buckets?',
      '3:86  services.web.permissions.buckets.reed  unknown; did you mean read?',
      '3:111  services.web.logging.days  unknown',
    ],
  ],
  'wrong types everywhere': [
    '{ image: 5, http: 5, compute: [], platform: true, cpu: 0.5, memory: 2GB, gpus: two, instances: g5.xlarge, count: -1, command: 5, entrypoint: [], variables: [], secrets: x, permissions: {buckets: []}, logging: 7 }',
    [
      '3:17  services.web.image  expected build: with a folder, or location: with the name of an image',
      '3:26  services.web.http  expected a group of settings, or false',
      '3:29  services.web.compute  must be fargate, gpu, ec2, managed or external',
      '3:52  services.web.platform  expected linux/amd64, linux/arm64, or osfamily and architecture',
      '3:63  services.web.cpu  expected a whole number of CPU units, 1024 for each vCPU',
      '3:76  services.web.memory  expected a whole number of MiB, such as 2048',
      '3:87  services.web.gpus  expected a whole number',
      '3:103  services.web.instances  expected a list of instance types',
      '3:121  services.web.count  must be at least 0',
      '3:134  services.web.command  expected a line of text, or a list of its words',
      '3:137  services.web.entrypoint  must not be empty',
      '3:153  services.web.variables  expected a group of names with their values',
      '3:177  services.web.secrets  expected a group of names with their values',
      '3:194  services.web.permissions.buckets  expected a group of settings',
      '3:217  services.web.logging  expected a group of settings',
    ],
  ],
  'everything left empty': [
    '{ image:, http:, compute:, platform:, cpu:, memory:, instances:, command:, variables: { A: }, secrets: { B: }, count: }',
    [
      '3:10  services.web.image  is empty; expected build: with a folder, or location: with the name of an image',
      '3:18  services.web.http  is empty; expected a group of settings, or false',
      '3:25  services.web.compute  is empty; it must be fargate, gpu, ec2, managed or external',
      '3:35  services.web.platform  is empty; expected linux/amd64, linux/arm64, or osfamily and architecture',
      '3:46  services.web.cpu  is empty; expected a whole number of CPU units, 1024 for each vCPU',
      '3:52  services.web.memory  is empty; expected a whole number of MiB, such as 2048',
      '3:61  services.web.instances  is empty; expected a list of instance types',
      '3:73  services.web.command  is empty; expected a line of text, or a list of its words',
      '3:96  services.web.variables.A  is empty; expected text, a number, true or false, or from_cfn: with the name of an export',
      '3:113  services.web.secrets.B  is empty; expected the name or ARN of an SSM parameter, secretsmanager: with the name of a secret, or from_cfn: with an export',
      '3:119  services.web.count  is empty; expected a number of tasks, or a group with a range',
    ],
  ],
  'values out of bounds': [
    "{ image: { port: 70000, location: '', repository: Shop/Web, build: '', healthcheck: { command: '', retries: 11 } }, cpu: 0, memory: -1, gpus: 0, instances: [] }",
    [
      '3:25  services.web.image.port  must be at most 65535',
      '3:42  services.web.image.location  expected the name of an image in small letters, such as nginx:1.29',
      '3:58  services.web.image.repository  expected the name of a repository: lower-case letters and digits, with . _ - or / between them',
      '3:75  services.web.image.build  expected a folder of this machine, the path of a Dockerfile, or details of the build',
      '3:103  services.web.image.healthcheck.command  must not be empty',
      '3:116  services.web.image.healthcheck.retries  must be at most 10',
      '3:129  services.web.cpu  must be at least 1',
      '3:140  services.web.memory  must be at least 1',
      '3:150  services.web.gpus  must be at least 1',
      '3:153  services.web.instances  must not be empty',
    ],
  ],
  'what is inside a union': [
    '{ image: { port: 80, build: { args: { A: [], 1B: x } } }, http: { healthcheck: { path: health, healthy_threshold: 1 } }, command: [run, 1, {}], secrets: { S: { secretsmanager: 5 } } }',
    [
      '3:46  services.web.image.build.args.A  expected text, a number, or true or false',
      '3:53  services.web.image.build.args.1B  expected a name of letters, digits and underscores that does not begin with a digit',
      '3:95  services.web.http.healthcheck.path  expected a path that begins with /, of at most 1024 characters',
      '3:122  services.web.http.healthcheck.healthy_threshold  must be at least 2',
      '3:144  services.web.command[1]  expected text',
      '3:147  services.web.command[2]  expected text',
      '3:184  services.web.secrets.S.secretsmanager  expected the name or ARN of a secret, without spaces',
    ],
  ],
  'a union of another kind': [
    '{ image: { build: 5 }, http: { path: api, healthcheck: 5, stickiness: sticky, deregistration_delay: soon }, command: {}, secrets: { S: [] } }',
    [
      '3:26  services.web.image.build  expected a folder of this machine, the path of a Dockerfile, or details of the build',
      '3:31  services.web.http  needs image.port: the port that the container listens on',
      '3:45  services.web.http.path  expected a path that begins with /, of at most six parts and 120 characters, without wildcards',
      '3:63  services.web.http.healthcheck  expected a path that begins with /, or details of the check',
      '3:78  services.web.http.stickiness  expected true or false',
      '3:108  services.web.http.deregistration_delay  expected a time such as 30s, 5m or 1h; a number is seconds',
      '3:116  services.web.command  expected a line of text, or a list of its words',
      '3:140  services.web.secrets.S  expected the name or ARN of an SSM parameter, secretsmanager: with the name of a secret, or from_cfn: with an export',
    ],
  ],
  'times, codes and buckets of another form': [
    "{ image: { port: 80 }, http: { healthcheck: { interval: 5 minutes, timeout: -1, success_codes: 600 } }, permissions: { buckets: { read: ['my bucket', 's3://models/*x'] } } }",
    [
      '3:64  services.web.http.healthcheck.interval  expected a time such as 30s, 5m or 1h; a number is seconds',
      '3:84  services.web.http.healthcheck.timeout  must be at least 0',
      '3:103  services.web.http.healthcheck.success_codes  must be at most 499',
      '3:145  services.web.permissions.buckets.read[0]  expected a bucket, with an optional prefix: bucket/prefix',
      '3:158  services.web.permissions.buckets.read[1]  expected a bucket, with an optional prefix: bucket/prefix',
    ],
  ],
  'nonsense in depth': [
    '{ image: [[[]]], http: [1], variables: { A: { b: 1 } }, instances: [[], 1], permissions: { buckets: { read: {} } }, logging: { retention: [] } }',
    [
      '3:10  services.web.image  expected build: with a folder, or location: with the name of an image',
      '3:25  services.web.http  expected a group of settings, or false',
      '3:49  services.web.variables.A.from_cfn  is missing',
      '3:54  services.web.variables.A.b  unknown',
      '3:76  services.web.instances[0]  expected text',
      '3:80  services.web.instances[1]  expected text',
      '3:110  services.web.permissions.buckets.read  expected a list',
      '3:135  services.web.logging.retention  expected a whole number',
    ],
  ],
}

test('of two kinds of groups, what belongs to the other is said not to go with this one', () => {
  const problems = (count: string) =>
    problemsOf(serviceManifest(`{ count: ${count} }`)).map((text) => text.replace(/^\S+ +services\.web\./, ''))
  expect(problems('{ range: 1-3, queue_delay: { acceptable_latency: 1m, msg_processing_time: 1s }, spot: 2 }')).toEqual(
    ['count.range  does not go with spot', 'count.queue_delay  does not go with spot'],
  )
  expect(problems('{ range: 1-3, spot: 2, cpu_percentage: 70 }')).toEqual([
    'count.spot  does not go with range or cpu_percentage; did you mean services.web.spot?',
  ])
})

test.each(Object.entries(services))('every problem of %s has its place', (_name, [settings, problems]) => {
  expect(problemsOf(serviceManifest(settings))).toEqual(problems)
})
