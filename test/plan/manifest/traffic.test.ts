import { expect, test } from 'vitest'
import type { Fields } from '../../../src/emulator/cloudformation/template.ts'
import { environmentOf, stacksOf } from '../../support/manifests.ts'
import { problemsOf } from '../../support/problems.ts'
import { prove } from '../../support/proof.ts'

const PORT = "image: { location: 'nginx:1', port: 80 }"
const AUTH =
  'auth: { issuer: "https://a", authorization_endpoint: "https://a/a", token_endpoint: "https://a/t", user_info_endpoint: "https://a/u", client_id: demo, client_secret: demo/login }'
const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/one'
const LISTENER = 'arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/1/2'
const HOST = 'security_group: sg-1, dns_name: shared.example.com'

const withoutPlace = (yaml: string): string[] => problemsOf(yaml).map((problem) => problem.replace(/^[\d:]+ {2}/, ''))
const ofService = (settings: string, more = ''): string[] =>
  withoutPlace(`app: shop\nservices:\n  web: { ${settings} }\n${more}`)

/** Settings of the service `web`, and what is said against them. */
test.each([
  [
    'more conditions than a rule has',
    `${PORT}, http: { path: /a, alias: [a.example.com, b.example.com], allowed_source_ips: [10.0.0.0/8, 192.168.0.0/16] }`,
    [
      'http.allowed_source_ips  path, alias and allowed_source_ips make 6 conditions; a rule has five at most, so put the rest under additional_rules',
    ],
  ],
  [
    'a check of a further rule that never ends',
    `${PORT}, http: { additional_rules: [{ path: /a, healthcheck: { interval: 5s, timeout: 5s } }] }`,
    ['http.additional_rules[0].healthcheck.timeout  must be less than the interval, 5s'],
  ],
  [
    'two rules for the same requests',
    `${PORT}, http: { path: /a, additional_rules: [{ path: /a/ }] }`,
    ['http.additional_rules[0].path  web has the path /a/ already; give web another under http.path, or http: false'],
  ],
  [
    'gRPC without HTTPS',
    `${PORT}, http: { version: grpc }`,
    ['http.version  gRPC is for HTTPS: give the environment a certificate'],
  ],
  [
    'HTTP/2 inside without HTTPS',
    `${PORT}, http: { internal: true, version: http2 }`,
    ['http.version  HTTP/2 is for HTTPS: give the environment a http.private.certificates'],
  ],
  [
    'requests to a container that is not there',
    `${PORT}, sidecars: { proxy: { image: envoy } }, http: { target_container: web, additional_rules: [{ path: /a, target_container: proxi }] }, nlb: { port: 53, target_container: dns }`,
    [
      'http.additional_rules[0].target_container  no container of that name; did you mean proxy?',
      'nlb.target_container  no container of that name',
    ],
  ],
  [
    'a login without HTTPS',
    `${PORT}, http: { ${AUTH} }`,
    ['http.auth  a load balancer asks for a login by HTTPS alone: give the environment a certificate'],
  ],
  [
    'a login that lasts longer than any',
    `${PORT}, http: { ${AUTH.replace('{', '{ session: { timeout: 200h },')} }`,
    [
      'http.auth  a load balancer asks for a login by HTTPS alone: give the environment a certificate',
      'http.auth.session.timeout  must be from 1s to 604800s',
    ],
  ],
  [
    'ways to a container that is not there',
    `${PORT}, http: { target_container: prox, additional_rules: [{ path: /a, target_container: proxy }] }, nlb: { port: 80, target_container: prox }, sidecars: { proxy: { image: x } }`,
    [
      'http.target_container  no container of that name; did you mean proxy?',
      'http.additional_rules[0].target_container  proxy has no port: give it one, or the rule a target_port',
      'nlb.target_container  no container of that name; did you mean proxy?',
    ],
  ],
  [
    'addresses that are none',
    `${PORT}, http: { allowed_source_ips: ['2001:db8::/32', 10.0.0.0/33] }, network: { ingress: { source_ips: [300.1.1.1/32] } }`,
    ['http.allowed_source_ips[1]', 'network.ingress.source_ips[0]'].map(
      (place) => `${place}  expected a range of addresses such as 203.0.113.0/24; a single one is 203.0.113.7/32`,
    ),
  ],
  [
    'records without hosts, of another zone, or with wildcards that DNS has not',
    `${PORT}, http: { hosted_zone: Z0123456789, additional_rules: [{ path: /a, alias: [www.example.org, 'a*.example.com', 'x?.example.com'], hosted_zone: example.com }] }, nlb: { port: 80, alias: { name: x }, hosted_zone: nowhere }`,
    [
      'http.hosted_zone  is for the records of hosts: name them as alias',
      'http.additional_rules[0].alias  www.example.org is not in the hosted zone example.com',
      'http.additional_rules[0].alias  a*.example.com: a DNS record has * for its first part, and no other wildcard',
      'http.additional_rules[0].alias  x?.example.com: a DNS record has * for its first part, and no other wildcard',
      'nlb.alias  expected a host such as app.example.com, or a list of them',
      'nlb.hosted_zone  expected the id of a hosted zone of Route 53, Z…, or its domain such as example.com',
    ],
  ],
  [
    'codes of health that are those of the other protocol',
    `${PORT}, http: { version: grpc, healthcheck: { success_codes: '0,200' }, additional_rules: [{ path: /a, healthcheck: { success_codes: 12 } }, { path: /b, version: grpc, healthcheck: { path: /b.C/D, success_codes: 0-5 } }] }`,
    [
      'http.version  gRPC is for HTTPS: give the environment a certificate',
      'http.healthcheck.success_codes  must be from 0 to 99: the status of a call of gRPC',
      'http.additional_rules[0].healthcheck.success_codes  must be from 200 to 499',
      'http.additional_rules[1].version  gRPC is for HTTPS: give the environment a certificate',
    ],
  ],
  [
    'a step of a rolling deployment',
    'deployment: { percent: 10 }',
    ['deployment.percent  is for strategy: linear or canary'],
  ],
  [
    'a bake time of a rolling deployment',
    'deployment: { bake_time: 5m, test: { header: X, value: "1" } }',
    [
      'deployment.bake_time  is for strategy: blue_green, linear or canary',
      'deployment.test  is for strategy: blue_green, linear or canary',
    ],
  ],
  [
    'percentages of a deployment that moves traffic',
    `${PORT}, deployment: { strategy: canary, maximum_percent: 150 }`,
    ['deployment.maximum_percent  is for strategy: rolling'],
  ],
  [
    'seconds where ECS counts minutes',
    `${PORT}, deployment: { strategy: canary, step_time: 90s }`,
    ['deployment.step_time  must be whole minutes, 24h at most'],
  ],
  [
    'more than a day',
    `${PORT}, deployment: { strategy: canary, bake_time: 25h }`,
    ['deployment.bake_time  must be whole minutes, 24h at most'],
  ],
  [
    'a step that is too small',
    `${PORT}, deployment: { strategy: linear, percent: 2 }`,
    ['deployment.percent  must be 3 at least for linear'],
  ],
  [
    'a share finer than a tenth',
    `${PORT}, deployment: { strategy: canary, percent: 0.25 }`,
    ['deployment.percent  must be a multiple of 0.1'],
  ],
  [
    'no room for a new task',
    'deployment: { minimum_healthy_percent: 100, maximum_percent: 100 }',
    [
      'deployment.minimum_healthy_percent  leaves no room for a new task: of 1 task 100 % stay healthy, rounded up, and 100 % may run, rounded down',
    ],
  ],
  [
    'percentages of which a whole task is none',
    'count: { range: 1-9, cpu_percentage: 50 }, deployment: { minimum_healthy_percent: 50, maximum_percent: 150 }',
    [
      'deployment.minimum_healthy_percent  leaves no room for a new task: of 1 task 50 % stay healthy, rounded up, and 150 % may run, rounded down',
    ],
  ],
  [
    'steps of traffic that nothing leads',
    `${PORT}, http: false, deployment: { strategy: canary }`,
    [
      'deployment.strategy  canary moves traffic in steps, and nothing leads any to the service: give it http, nlb or network.connect, or take blue_green',
    ],
  ],
  [
    'recreate with percentages',
    'deployment: { rolling: recreate, maximum_percent: 150 }',
    ['deployment.rolling  recreate stops all old tasks first; leave out the percentages'],
  ],
  [
    'rebalancing without room',
    'deployment: { rolling: recreate, zone_rebalancing: true }',
    ['deployment.zone_rebalancing  needs room for one task more: let maximum_percent be more than 100'],
  ],
  [
    'a test without a load balancer',
    'deployment: { strategy: blue_green, test: { header: X, value: "1" } }',
    ['deployment.test  needs a load balancer that reads headers: the service has no http'],
  ],
  [
    'UDP without a health check',
    `${PORT}, nlb: { port: 53/udp }`,
    ['nlb.port  UDP tells nothing of health: name a TCP port as healthcheck.port'],
  ],
  [
    'a port twice, and none',
    `${PORT}, nlb: { port: 80, additional_listeners: [{ port: 80/tcp }, { port: 70000/tcp }] }`,
    [
      'nlb.additional_listeners[0].port  80 is taken by another listener',
      'nlb.additional_listeners[1].port  must be a port from 1 to 65535',
    ],
  ],
  [
    'TLS without a certificate',
    `${PORT}, nlb: { port: 443/tls }`,
    ['nlb.port  TLS needs a certificate: give the environment one'],
  ],
  [
    'a policy without TLS',
    `${PORT}, nlb: { port: 443, ssl_policy: ELBSecurityPolicy-1 }`,
    ['nlb.ssl_policy  is for TLS: write the port as 443/tls'],
  ],
  [
    'a test that says too much, and too little',
    `${PORT}, deployment: { strategy: blue_green, test: { header: X, value: y, port: 8443 } }`,
    ['deployment.test  needs either header and value, or a port'],
  ],
  [
    'a test of a header alone',
    `${PORT}, deployment: { strategy: blue_green, test: { header: X } }`,
    ['deployment.test  needs either header and value, or a port'],
  ],
  [
    'a header where nobody reads any',
    `${PORT}, http: false, nlb: { port: 80 }, deployment: { strategy: blue_green, test: { header: X, value: y } }`,
    [
      'deployment.test  needs a load balancer that reads headers: a network load balancer knows no headers: name a port',
    ],
  ],
  [
    'a test at a port of the visitors',
    `${PORT}, nlb: { port: 1883 }, deployment: { strategy: blue_green, test: { port: 1883 } }`,
    ['deployment.test.port  1883 is a port of the visitors; take another'],
  ],
  [
    'a network load balancer before GPU instances',
    `${PORT}, compute: gpu, nlb: { port: 80 }`,
    [
      'nlb  leads to tasks with addresses of their own, which tasks on instances have not (except by network.mode: awsvpc)',
    ],
  ],
  [
    'a daemon whose traffic would have to be moved',
    'compute: ec2, scheduling: daemon, deployment: { strategy: blue_green }',
    ['deployment.strategy  a daemon is replaced instance by instance: rolling'],
  ],
  [
    'two tasks with one port of an instance',
    `${PORT}, compute: ec2, network: { host_port: 8080 }, deployment: { strategy: canary }`,
    ['deployment.strategy  brings new tasks up beside old ones, which have the port of the instance'],
  ],
  [
    'names for tasks without a network of their own',
    'compute: ec2, network: { mode: host, connect: true }',
    ['network.connect  is for tasks in awsvpc or on a bridge, on machines of AWS'],
  ],
  [
    'a name for what nobody reaches',
    'network: { connect: { alias: api } }',
    ['network.connect.alias  needs image.port: what is reached by the name'],
  ],
  [
    'more security groups than an interface has',
    'network: { connect: true, vpc: { security_groups: [sg-1, sg-2, sg-3, sg-4] } }',
    [
      'network.connect  goes with three further security groups at most, and there are 4: a network interface has five, and two are ours',
    ],
  ],
  [
    'visitors of no port',
    'network: { ingress: { source_ips: [0.0.0.0/0] } }',
    ['network.ingress  needs image.port: what visitors reach'],
  ],
  [
    'visitors beside a load balancer',
    `${PORT}, network: { ingress: { source_ips: [0.0.0.0/0] } }`,
    ['network.ingress  is for tasks without a load balancer: set http: false'],
  ],
  [
    'visitors of instances that are others’',
    `${PORT}, http: false, compute: ec2, scheduling: daemon, network: { ingress: { source_ips: [0.0.0.0/0] } }`,
    ['network.ingress  is for tasks on Fargate or on instances of their own (compute: ec2 or gpu)'],
  ],
  [
    'visitors of machines that are not AWS’s',
    `${PORT}, http: false, compute: external, network: { ingress: { source_ips: [0.0.0.0/0] } }`,
    ['network.ingress  is for tasks on Fargate or on instances of their own (compute: ec2 or gpu)'],
  ],
] as const)('refuses %s', (_what, settings, problems) => {
  expect(ofService(settings)).toEqual(problems.map((problem) => `services.web.${problem}`))
})

test('refuses a way past a login', () => {
  const http = `http: { ${AUTH}, additional_rules: [{ path: /a, redirect_to_https: false }] }`
  expect(ofService(`${PORT}, ${http}`, `environments: { dev: { certificate: '${CERTIFICATE}' } }\n`)).toEqual([
    'services.web.http.additional_rules[0].redirect_to_https  would be a way past the login, which is asked for by HTTPS alone; leave it out',
  ])
})

test('refuses visitors of private tasks, and a second way in beside traffic that is moved', () => {
  expect([
    ofService(
      `${PORT}, http: false, network: { ingress: { source_ips: [0.0.0.0/0] }, vpc: { placement: private } }`,
      'network: { vpc: { nat: single } }\n',
    ),
    ofService(
      `${PORT}, http: { redirect_to_https: false }, deployment: { strategy: linear }`,
      `environments: { dev: { certificate: ${CERTIFICATE} } }\n`,
    ),
  ]).toEqual([
    ['services.web.network.ingress  is for tasks with public addresses: placement: public'],
    [
      'services.web.http.redirect_to_https  makes a second way in, of which ECS would not move the traffic with strategy: linear',
    ],
  ])
})

/** Settings of the environment's load balancers. */
test.each([
  [
    'an idle time-out that is none',
    '{ public: { idle_timeout: 2h } }',
    ['http.public.idle_timeout  must be from 1s to 4000s'],
  ],
  [
    'a policy without HTTPS',
    '{ public: { ssl_policy: ELBSecurityPolicy-1 } }',
    ['http.public.ssl_policy  is for HTTPS: name certificates beside it'],
  ],
  [
    'an inside without internal services',
    '{ private: { idle_timeout: 1m } }',
    ['http.private  is for internal services: set http.internal: true on one'],
  ],
  [
    'a load balancer of another network',
    `{ public: { load_balancer: { http_listener: '${LISTENER}', ${HOST} } } }`,
    ['http.public.load_balancer  is in a VPC of its own: name that as network.vpc.id'],
  ],
])('refuses %s', (_what, http, problems) => {
  expect(ofService(PORT, `http: ${http}\n`)).toEqual(problems)
})

test('a load balancer that exists has its own settings, and a listener', () => {
  const vpc = 'network: { vpc: { id: vpc-1, subnets: { public: [subnet-1, subnet-2] } } }\n'
  const existing = (more: string) => ofService(PORT, `${vpc}http: { public: ${more} }\n`)
  expect([
    existing(`{ load_balancer: { ${HOST} } }`),
    existing(`{ idle_timeout: 1m, load_balancer: { https_listener: '${LISTENER}', ${HOST} } }`),
    existing(`{ load_balancer: { https_listener: '${LISTENER}', ${HOST} } }`),
  ]).toEqual([
    ['http.public.load_balancer  needs an http_listener or an https_listener'],
    ['http.public.load_balancer  has its own settings and certificates; leave out those beside it'],
    [],
  ])
})

test('services are told apart by host, source and load balancer, and by their names in Service Connect', () => {
  const manifest = (a: string, b: string) =>
    withoutPlace(`app: shop\nservices:\n  one: { ${PORT}, ${a} }\n  two: { ${PORT}, ${b} }\n`)
  expect([
    manifest('http: { alias: [a.e.com, b.e.com, c.e.com, d.e.com, e.e.com, A.e.com] }', 'http: { alias: f.e.com }'),
    manifest('http: { alias: a.example.com }', 'http: {}'),
    manifest('http: { internal: true }', 'http: {}'),
    manifest('http: { allowed_source_ips: [10.0.0.0/8] }', 'http: {}'),
    manifest('http: { alias: [a.example.com, b.example.com] }', 'http: { alias: b.example.com }'),
    manifest('http: { path: /a }, network: { connect: true }', 'network: { connect: { alias: one } }'),
  ]).toEqual([
    [],
    [],
    [],
    [],
    ['services.two.http.path  one has the path / already; give two another under http.path, or http: false'],
    ['services.two.network.connect  one is called one already; give two another alias'],
  ])
})

test('requests to a sidecar go to the port that it has, which is mapped once however many lead there', () => {
  const yaml = `app: shop
services:
  web:
    ${PORT}
    sidecars: { proxy: { image: envoy, port: 9901 }, dns: { image: bind, port: 53/udp } }
    http: { target_container: proxy, additional_rules: [{ path: /a, target_port: 90 }] }
    nlb: { port: 5000, target_port: 90, additional_listeners: [{ port: 53/udp, target_container: dns, healthcheck: { port: 90 } }] }
`
  const { faults, resources } = prove(stacksOf(environmentOf(yaml)))
  expect(faults).toEqual([])
  const propertiesOf = (type: string) => resources.filter((one) => one.type === type).map((one) => one.properties)
  const [{ ContainerDefinitions }] = propertiesOf('AWS::ECS::TaskDefinition') as [{ ContainerDefinitions: Fields[] }]
  expect(ContainerDefinitions.map(({ PortMappings }) => PortMappings)).toEqual([
    [
      { ContainerPort: 80, Protocol: 'tcp' },
      { ContainerPort: 90, Protocol: 'tcp' },
    ],
    [{ ContainerPort: 9901, Protocol: 'tcp' }],
    [{ ContainerPort: 53, Protocol: 'udp' }],
  ])
  expect(propertiesOf('AWS::ECS::Service')).toMatchObject([
    {
      LoadBalancers: [
        { ContainerName: 'proxy', ContainerPort: 9901 },
        { ContainerName: 'web', ContainerPort: 90 },
        { ContainerName: 'web', ContainerPort: 90 },
        { ContainerName: 'dns', ContainerPort: 53 },
      ],
    },
  ])
})

test('a host has one record in a zone, which leads to one load balancer', () => {
  const manifest = (a: string, b: string, more = '') =>
    withoutPlace(
      `app: shop\nservices:\n  one: { ${PORT}, http: { alias: www.example.com, ${a} } }\n  two: { ${PORT}, http: { path: /two, alias: WWW.example.com, ${b} } }\n${more}`,
    )
  const shared = `
network: { vpc: { id: vpc-1, subnets: { public: [subnet-1, subnet-2] } } }
http: { public: { load_balancer: { http_listener: '${LISTENER}', ${HOST} } } }
`
  expect([
    manifest('hosted_zone: example.com', 'hosted_zone: example.com'),
    manifest('hosted_zone: example.com', 'hosted_zone: Z0123456789'),
    manifest('hosted_zone: Z0123456789', 'internal: true, hosted_zone: Z0123456789'),
    manifest('hosted_zone: Z0123456789', 'internal: true, hosted_zone: Z9876543210'),
    manifest('hosted_zone: Z0123456789', 'version: http1', shared),
    manifest(
      'hosted_zone: example.com }, nlb: { port: 25, hosted_zone: example.com, alias: www.example.com',
      'version: http1',
    ),
    manifest('hosted_zone: Z0123456789', 'version: http1', 'environments: { dev: {}, prod: { region: eu-west-1 } }'),
    manifest(
      'hosted_zone: example.com',
      'version: http1',
      'environments: { dev: {}, prod: { profile: prod }, test: { services: { one: { http: { alias: test.example.com } } } } }',
    ),
    manifest(
      'hosted_zone: example.com',
      'version: http1',
      'environments: { dev: { services: { one: { http: { alias: dev_.example.com } } } }, prod: {} }',
    ),
  ]).toEqual([
    [],
    ['one', 'two'].map(
      (name) =>
        `services.${name}.http.alias  www.example.com would have records in example.com and Z0123456789; name one hosted zone for it`,
    ),
    ['one', 'two'].map(
      (name) =>
        `services.${name}.http.alias  www.example.com would lead to the load balancer and to the load balancer inside; name another host or zone for one`,
    ),
    [],
    ['services.one.http.alias  a record needs zone_id of the load balancer, or the load balancer by its name alone'],
    ['http', 'nlb'].map(
      (way) =>
        `services.one.${way}.alias  www.example.com would lead to the load balancer and to the network load balancer of one; name another host or zone for one`,
    ),
    ['services.one.http.alias  www.example.com would lead to dev and to prod; give each environment a host of its own'],
    [],
    ['environments.dev.services.one.http.alias  expected a host such as app.example.com, or a list of them'],
  ])
})
