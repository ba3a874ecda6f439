import { ECS } from '@aws-sdk/client-ecs'
import { ElasticLoadBalancingV2 } from '@aws-sdk/client-elastic-load-balancing-v2'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { stackResources } from '../support/deployed.ts'
import { balancers, check } from '../support/visitors.ts'

const deployed = async (world: TestWorld, settings: string) => {
  world.write({ 'img2vid.yaml': `app: demo\nservices: { web: { image: { location: web, port: 80 }, ${settings} } }\n` })
  return deploy(flags, world.context)
}

/** What is behind the service's load balancers, as ECS has it. */
async function ways({ aws }: TestWorld) {
  const ecs = new ECS(aws.client)
  const { clusterArns: [cluster = ''] = [] } = await ecs.listClusters({})
  const { serviceArns: services = [] } = await ecs.listServices({ cluster })
  const { services: [service] = [] } = await ecs.describeServices({ cluster, services })
  return (service?.loadBalancers ?? []).map(({ containerPort }) => containerPort).sort()
}

async function paths(world: TestWorld) {
  const { elb, all } = await balancers(world)
  const { Listeners = [] } = await elb.describeListeners({ LoadBalancerArn: all[0]?.LoadBalancerArn })
  const { Rules = [] } = await elb.describeRules({ ListenerArn: Listeners[0]?.ListenerArn })
  return Rules.flatMap(({ Conditions = [] }) => Conditions[0]?.PathPatternConfig?.Values?.[0] ?? []).sort()
}

test('ways to a service go, change places and take over the port of another', async () => {
  const world = await testWorld()
  const rule = (path: string, port = 80) => `{ path: ${path}, target_port: ${port}, ${check} }`
  const http = (port: number, ...rules: string[]) =>
    deployed(world, `http: { target_port: ${port}, ${check}, additional_rules: [${rules.join(', ')}] }`)
  await http(80, rule('/a'), rule('/b', 90), rule('/c', 91))
  expect([await paths(world), await ways(world)]).toEqual([
    ['/*', '/a', '/b', '/c'],
    [80, 80, 90, 91],
  ])
  await http(80, rule('/c', 91), rule('/b', 90))
  expect([await paths(world), await ways(world)]).toEqual([
    ['/*', '/b', '/c'],
    [80, 90, 91],
  ])
  await http(90, rule('/b', 91), rule('/c', 80))
  expect([await paths(world), await ways(world)]).toEqual([
    ['/*', '/b', '/c'],
    [80, 90, 91],
  ])
})

test('ports of a network load balancer go, and one takes over the target of another', async () => {
  const world = await testWorld()
  const nlb = (...ports: string[]) =>
    deployed(world, `http: false, nlb: { port: 25, target_port: 80, additional_listeners: [${ports.join(', ')}] }`)
  const ports = async () => {
    const elb = new ElasticLoadBalancingV2(world.aws.client)
    const { LoadBalancerArn } = (await balancers(world)).all[0] ?? {}
    const { Listeners = [] } = await elb.describeListeners({ LoadBalancerArn })
    return Listeners.map(({ Port }) => Port).sort()
  }
  await nlb('{ port: 26, target_port: 90 }', '{ port: 27, target_port: 91 }')
  expect([await ports(), await ways(world)]).toEqual([
    [25, 26, 27],
    [80, 90, 91],
  ])
  await nlb('{ port: 27, target_port: 90 }')
  expect([await ports(), await ways(world)]).toEqual([
    [25, 27],
    [80, 90],
  ])
})

test('ranges of addresses that reach tasks themselves go', async () => {
  const world = await testWorld()
  const from = (...ranges: string[]) =>
    deployed(world, `http: false, network: { ingress: { source_ips: [${ranges.map((one) => `'${one}'`)}] } }`)
  const open = () =>
    stackResources(world, 'AWS::EC2::SecurityGroupIngress').map(({ CidrIp, CidrIpv6 }) => CidrIp ?? CidrIpv6)
  await from('203.0.113.0/24', '198.51.100.0/24', '2001:db8::/32')
  await from('2001:db8::/32', '198.51.100.0/24')
  expect(open().sort()).toEqual(['198.51.100.0/24', '2001:db8::/32'])
})
