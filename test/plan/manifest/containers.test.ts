import { expect, test } from 'vitest'
import { environmentOf, stacksOf } from '../../support/manifests.ts'
import { problemsOf, serviceManifest } from '../../support/problems.ts'

/** Settings of a service that AWS would refuse or that cannot work, and what is said of them. */
const refused: Record<string, [settings: string, problems: string[]]> = {
  'more capabilities than Fargate gives': [
    '{ capabilities: { add: [SYS_PTRACE, SYS_ADMIN] } }',
    ['capabilities.add[1]  Fargate gives a container no capability but SYS_PTRACE; instances do (compute: ec2)'],
  ],
  'capabilities that nobody has': [
    '{ compute: ec2, capabilities: { add: [SYS_ADMIN, CAP_SYS_TIME], drop: [EVERYTHING] } }',
    ['add[1]', 'drop[0]'].map(
      (one) => `capabilities.${one}  expected a capability of Linux that ECS knows, such as SYS_PTRACE`,
    ),
  ],
  'a limit that no process has': ['{ ulimits: { nofiles: 10 } }', ['ulimits.nofiles  unknown; did you mean nofile?']],
  'a port that no container has': [
    '{ sidecars: { a: { image: x, port: 70000/udp } } }',
    ['sidecars.a.port  expected a port, such as 2000 or 2000/udp'],
  ],
  'secrets of what keeps none': [
    '{ secrets: { A: "arn:aws:s3:::x", B: { secretsmanager: "arn:aws:ssm:us-east-1:111122223333:parameter/x" } } }',
    [
      'secrets.A  expected the name or ARN of an SSM parameter, secretsmanager: with the name of a secret, or from_cfn: with an export',
      'secrets.B.secretsmanager  expected the name or ARN of a secret, without spaces',
    ],
  ],
  'time-outs that are too long or too short': [
    '{ stop_timeout: 3m, start_timeout: 1, sidecars: { a: { image: x, stop_timeout: 121 } } }',
    [
      'stop_timeout  must be from 0s to 120s',
      'start_timeout  must be from 2s to 120s',
      'sidecars.a.stop_timeout  must be from 0s to 120s',
    ],
  ],
  'folders and shares in memory on Fargate': [
    '{ shared_memory: 64, tmpfs: { /a: 1 } }',
    [
      'shared_memory  Fargate has no shared memory of a size of one’s own; plain and GPU instances do (compute: ec2 or gpu)',
      'tmpfs  Fargate has no folders in memory; plain and GPU instances do (compute: ec2 or gpu)',
    ],
  ],
  'a limit of processes that Fargate does not set, and one upside down': [
    '{ ulimits: { nproc: 10, nofile: { soft: 2, hard: 1 } } }',
    [
      'ulimits.nproc  Fargate lets only nofile be set; instances the others (compute: ec2)',
      'ulimits.nofile  soft cannot be more than hard',
    ],
  ],
  'more reserved than allowed': [
    '{ limits: { memory: 64, memory_reservation: 65 } }',
    ['limits.memory_reservation  is more than limits.memory'],
  ],
  'shares that are more than the task': [
    '{ limits: { memory: 300 }, sidecars: { a: { image: x, limits: { memory: 300, cpu: 300 } } } }',
    [
      'sidecars.a.limits.memory  the containers want 600 MiB together, and their task has 512',
      'sidecars.a.limits.cpu  the containers want 300 CPU units together, and their task has 256',
    ],
  ],
  'a container that nobody knows': [
    '{ image: { depends_on: { cach: start } }, sidecars: { cache: { image: redis } } }',
    ['image.depends_on.cach  the task has no container of that name; did you mean cache?'],
  ],
  'containers that wait for each other': [
    '{ image: { depends_on: { a: start } }, sidecars: { a: { image: x, depends_on: { b: start } }, b: { image: x, depends_on: { web: start } } } }',
    [
      'image.depends_on.a  web and a would wait for each other',
      'sidecars.a.depends_on.b  a and b would wait for each other',
      'sidecars.b.depends_on.web  b and web would wait for each other',
    ],
  ],
  'health of a container without a check, and an end of one that is essential': [
    '{ image: { depends_on: { a: healthy, b: success } }, sidecars: { a: { image: x }, b: { image: x } } }',
    [
      'image.depends_on.a  a has no health check that could say so; give it a healthcheck',
      'image.depends_on.b  b is essential, so that the task ends with it; set essential: false on it',
    ],
  ],
  'two containers on one port, and one of the service’s name': [
    '{ image: { port: 80 }, sidecars: { web: { image: x }, a: { image: x, port: 80 } } }',
    [
      'sidecars.web  is the name of the service’s own container; it needs another one',
      'sidecars.a.port  web listens on port 80 already',
    ],
  ],
  'keys, secrets and quotation marks of a sidecar': [
    '{ sidecars: { a: { image: x, command: "a \'", variables: { AWS_SESSION_TOKEN: x, K: y }, secrets: { K: k } } } }',
    [
      'sidecars.a.command  a quotation mark is not closed',
      'sidecars.a.variables.AWS_SESSION_TOKEN  keys do not belong here: a task has a role of its own, which permissions: is about',
      'sidecars.a.secrets.K  is a variable too; one of them has to go',
    ],
  ],
}

test.each(Object.entries(refused))('refuses %s', (_what, [settings, problems]) => {
  const said = problemsOf(serviceManifest(settings)).map((line) => line.replace(/^\d+:\d+ {2}services\.web\./, ''))
  expect(said).toEqual(problems)
})

const elsewhere: Record<string, [settings: string, problems: string[]]> = {
  'a log driver that Fargate lacks': [
    '{ logging: { driver: syslog } }',
    ['logging.driver  there is no syslog on Fargate; awslogs, splunk are, and Fluent Bit (destination)'],
  ],
  'days of CloudWatch for what it does not keep': [
    '{ logging: { driver: splunk, retention: 7 } }',
    ['logging.retention  is for CloudWatch; splunk keeps its logs itself'],
  ],
  'a driver and a destination': [
    '{ logging: { driver: splunk, destination: { Name: s3 } } }',
    ['logging.driver  either a driver or a destination of Fluent Bit'],
  ],
  'options of nothing': [
    '{ logging: { options: { a: b }, secretOptions: { c: d } } }',
    [
      'logging.options  are of another driver; awslogs has all that it needs',
      'logging.secretOptions  belong to a destination, or to a driver such as splunk',
    ],
  ],
  'settings of a Fluent Bit that is not there': [
    '{ logging: { image: x, enableMetadata: true, configFilePath: /x, variables: { A: b }, env_file: a.env, secrets: { B: c } } }',
    ['image', 'enableMetadata', 'configFilePath', 'variables', 'env_file', 'secrets'].map(
      (key) => `logging.${key}  is for Fluent Bit; add destination: where it sends the logs`,
    ),
  ],
  'variables of Fluent Bit as those of all containers': [
    '{ logging: { destination: { Name: s3 }, variables: { AWS_SESSION_TOKEN: x }, secrets: { K: c, AWS_SESSION_TOKEN: d }, env_file: "arn:aws:s3:::x/y" } }',
    [
      'logging.variables.AWS_SESSION_TOKEN  keys do not belong here: a task has a role of its own, which permissions: is about',
      'logging.secrets.AWS_SESSION_TOKEN  is a variable too; one of them has to go',
      'logging.env_file  is no object in S3 that ECS reads: arn:aws:s3:::bucket/path.env',
    ],
  ],
  'a destination without an output': [
    '{ logging: { destination: { host: x } } }',
    ['logging.destination  needs Name: an output of Fluent Bit, such as cloudwatch or firehose'],
  ],
}

test.each(Object.entries(elsewhere))('refuses %s', (_what, [settings, problems]) => {
  const said = problemsOf(serviceManifest(settings)).map((line) => line.replace(/^\d+:\d+ {2}services\.web\./, ''))
  expect(said).toEqual(problems)
})

test('a user may be a number, as YAML reads one', () => {
  const yaml = serviceManifest('{ image: { location: nginx }, user: 1000, sidecars: { a: { image: x, user: 0 } } }')
  const users = stacksOf(environmentOf(yaml)).flatMap(({ body }) => body.match(/^ +User: .*/gm) ?? [])
  expect(users.map((line) => line.trim())).toEqual(['User: "1000"', 'User: "0"'])
})
