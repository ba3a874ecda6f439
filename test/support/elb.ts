import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import * as Elb from '@aws-sdk/client-elastic-load-balancing-v2'
import { onTestFinished } from 'vitest'
import { acceleratedClock } from '../../src/emulator/clock.ts'
import type { Balancer } from '../../src/emulator/runtime/balancer/balancer.ts'
import { socketBalancer } from '../../src/emulator/runtime/balancer/sockets.ts'
import type { Reachable } from '../../src/emulator/services/ecs/reach.ts'
import type { State } from '../../src/emulator/state.ts'
import { startAws, type TestAws } from './emulator.ts'

/** Health checks really go over sockets: a second of the container's time takes 50 ms, time enough for one. */
const PATIENCE = 20

/** An embedded AWS, a client of its load balancers, and the places of their targets on this machine. */
export async function startElb(options: { state?: State; places?: Map<string, Reachable>; balancer?: Balancer } = {}) {
  const places = options.places ?? new Map<string, Reachable>()
  const aws = await startAws({
    ...(options.state && { state: options.state }),
    patience: acceleratedClock(PATIENCE),
    balancer: options.balancer ?? socketBalancer({ reach: (_world, _region, id, port) => places.get(`${id}:${port}`) }),
  })
  return { aws, elb: new Elb.ElasticLoadBalancingV2(aws.client), places, ...network(aws) }
}
export type TestElb = Awaited<ReturnType<typeof startElb>>

/** The default VPC. */
export function network(aws: TestAws): { readonly VpcId: string; readonly Subnets: string[] } {
  const subnets = Object.values(aws.emulator.world.region('us-east-1').ec2.subnets)
  return { VpcId: subnets[0]?.VpcId ?? '', Subnets: subnets.slice(0, 2).map(({ SubnetId }) => SubnetId) }
}

/** A load balancer in service, and the URL of its own port. */
export async function loadBalancer({ aws, elb, Subnets }: TestElb, Type: Elb.LoadBalancerTypeEnum = 'application') {
  const { LoadBalancers } = await elb.createLoadBalancer({ Name: 'web', Subnets, Type })
  const { LoadBalancerArn = '', DNSName = '' } = LoadBalancers?.[0] ?? {}
  await aws.eventually(async () => {
    const described = await elb.describeLoadBalancers({ LoadBalancerArns: [LoadBalancerArn] })
    return described.LoadBalancers?.[0]?.State?.Code === 'active'
  })
  return { LoadBalancerArn, url: `http://${DNSName}`, port: Number(DNSName.split(':')[1]) }
}

/** A target group of addresses whose health checks are as quick as AWS allows. */
export async function targetGroup(
  { elb, VpcId }: TestElb,
  Name: string,
  more: Partial<Elb.CreateTargetGroupInput> = {},
) {
  const { TargetGroups } = await elb.createTargetGroup({
    Name,
    VpcId,
    TargetType: 'ip',
    Protocol: 'HTTP',
    Port: 8080,
    HealthCheckIntervalSeconds: 5,
    HealthCheckTimeoutSeconds: 4,
    HealthyThresholdCount: 2,
    ...more,
  })
  return TargetGroups?.[0]?.TargetGroupArn ?? ''
}

export async function listener({ elb }: TestElb, LoadBalancerArn: string, action: Elb.Action, more = {}) {
  const input = { LoadBalancerArn, Port: 80, Protocol: 'HTTP' as const, DefaultActions: [action], ...more }
  return (await elb.createListener(input)).Listeners?.[0]?.ListenerArn ?? ''
}

export const forward = (TargetGroupArn: string): Elb.Action => ({ Type: 'forward', TargetGroupArn })

export const health = async ({ elb }: TestElb, TargetGroupArn: string) => {
  const { TargetHealthDescriptions = [] } = await elb.describeTargetHealth({ TargetGroupArn })
  return TargetHealthDescriptions.map(({ TargetHealth }) => TargetHealth)
}

/** Waits until all targets of the group are in the state. */
export const settled = (test: TestElb, TargetGroupArn: string, state: Elb.TargetHealthStateEnum) =>
  test.aws.eventually(async () => {
    const targets = await health(test, TargetGroupArn)
    return targets.length > 0 && targets.every((target) => target?.State === state) && targets
  })

/** An HTTP server on loopback, registered as a target with an address of its own. */
export async function target(test: TestElb, TargetGroupArn: string, Id: string, listen: RequestListener) {
  const server = await serve(listen)
  test.places.set(`${Id}:8080`, { port: (server.address() as AddressInfo).port })
  await test.elb.registerTargets({ TargetGroupArn, Targets: [{ Id }] })
  return server
}

export async function serve(listen: RequestListener, port = 0): Promise<Server> {
  const server = createServer(listen)
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return server
}
