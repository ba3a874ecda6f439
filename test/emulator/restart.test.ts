import { expect, test } from 'vitest'
import { seededRandom } from '../../src/emulator/random.ts'
import type { Runtime } from '../../src/emulator/runtime/runtime.ts'
import { simulatedRuntime } from '../../src/emulator/runtime/simulated.ts'
import type { StackState } from '../../src/emulator/services/cloudformation/state.ts'
import type { State } from '../../src/emulator/state.ts'
import { deserialize, serialize } from '../../src/emulator/store.ts'
import { logGroup, parameter } from '../support/cloudformation.ts'
import { virtualClock } from '../support/virtual-clock.ts'
import { CALL, startWorld, type TestWorld } from '../support/world.ts'

const trust = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ecs-tasks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
}

/** Odd, so that both ways of interrupting meet every part of an operation; 1 looks at every moment. */
const STRIDE = 3

/** A service behind a load balancer with all that belongs to it; `changed` updates and replaces a part of it. */
function resources(subnets: readonly string[], vpc: string, changed: boolean) {
  return {
    Logs: logGroup({ Properties: { RetentionInDays: changed ? 7 : 1 } }),
    Named: logGroup({ Properties: { LogGroupName: changed ? '/new' : '/old' } }),
    ...(changed ? { Added: logGroup() } : { Removed: logGroup() }),
    Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: trust } },
    Cluster: { Type: 'AWS::ECS::Cluster' },
    Definition: {
      Type: 'AWS::ECS::TaskDefinition',
      Properties: {
        Family: 'web',
        NetworkMode: 'awsvpc',
        RequiresCompatibilities: ['FARGATE'],
        Cpu: '256',
        Memory: changed ? '1024' : '512',
        ExecutionRoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] },
        ContainerDefinitions: [{ Name: 'web', Image: 'web', PortMappings: [{ ContainerPort: 80 }] }],
      },
    },
    Balancer: {
      Type: 'AWS::ElasticLoadBalancingV2::LoadBalancer',
      Properties: { Type: 'application', Subnets: subnets },
    },
    Targets: {
      Type: 'AWS::ElasticLoadBalancingV2::TargetGroup',
      Properties: {
        VpcId: vpc,
        TargetType: 'ip',
        Protocol: 'HTTP',
        Port: 80,
        TargetGroupAttributes: [{ Key: 'deregistration_delay.timeout_seconds', Value: '5' }],
      },
    },
    Listener: {
      Type: 'AWS::ElasticLoadBalancingV2::Listener',
      Properties: {
        LoadBalancerArn: { Ref: 'Balancer' },
        Protocol: 'HTTP',
        Port: 80,
        DefaultActions: [{ Type: 'forward', TargetGroupArn: { Ref: 'Targets' } }],
      },
    },
    Service: {
      Type: 'AWS::ECS::Service',
      DependsOn: ['Listener', 'Logs'],
      Properties: {
        Cluster: { Ref: 'Cluster' },
        TaskDefinition: { Ref: 'Definition' },
        LaunchType: 'FARGATE',
        DesiredCount: 2,
        NetworkConfiguration: { AwsvpcConfiguration: { Subnets: subnets } },
        LoadBalancers: [{ ContainerName: 'web', ContainerPort: 80, TargetGroupArn: { Ref: 'Targets' } }],
      },
    },
  }
}

type Operation = 'create' | 'update' | 'failing update' | 'failing create' | 'delete'

const stackOf = (state: State): StackState => {
  const [stack] = Object.values(state.regions['us-east-1']?.cloudformation.stacks ?? {})
  if (!stack) throw new Error('there is no stack')
  return stack
}
const isOver = ({ status }: StackState) => !status.endsWith('_IN_PROGRESS')

/** Asks for the operation; those that need a stack make it first. */
async function begin(test: TestWorld, operation: Operation): Promise<void> {
  const { cloudformation } = test.services
  const { ec2 } = test.region()
  const [subnet, other] = Object.values(ec2.subnets)
  const network = [[subnet?.SubnetId ?? '', other?.SubnetId ?? ''], subnet?.VpcId ?? ''] as const
  const template = (changed: boolean, more: object = {}) => ({
    StackName: 'mine',
    TemplateBody: JSON.stringify({ Resources: { ...resources(...network, changed), ...more } }),
    Capabilities: ['CAPABILITY_IAM' as const],
  })
  const failing = { Failing: { ...parameter('b'), DependsOn: 'Service' } }
  cloudformation.CreateStack(template(false, operation === 'failing create' ? failing : {}), CALL)
  if (operation === 'create' || operation === 'failing create') return
  await test.until(() => isOver(stackOf(test.world.state)))
  if (operation === 'update') cloudformation.UpdateStack(template(true), CALL)
  if (operation === 'failing update') cloudformation.UpdateStack(template(true, failing), CALL)
  if (operation === 'delete') cloudformation.DeleteStack({ StackName: 'mine' }, CALL)
}

/** All that there is, by kind, so that something twice, left over or lost shows. */
function inventory({ regions, iam }: State, containers: number) {
  const { cloudformation, ecs, elb, ec2, logs } = regions['us-east-1'] ?? ({} as never)
  const [stack] = Object.values(cloudformation.stacks)
  const count = (all: object) => Object.keys(all).length
  const [service] = Object.values(ecs.services)
  const tasks = Object.values(ecs.tasks).filter(({ lastStatus }) => lastStatus !== 'STOPPED')
  const [targets] = Object.values(elb.targetGroups)
  return {
    stack: stack?.status,
    reason: stack?.statusReason,
    resources: Object.fromEntries(
      Object.values(stack?.resources ?? {}).map(({ logicalId, status }) => [logicalId, status]),
    ),
    left: stack?.discarded.length,
    roles: count(iam.roles),
    groups: Object.entries(logs.groups)
      .map(([name, { retentionInDays }]) => [name.replace(/-\w{12}$/, ''), retentionInDays])
      .sort(),
    clusters: Object.values(ecs.clusters).map(({ status }) => status),
    definitions: Object.values(ecs.taskDefinitions).map(({ revision, status }) => [revision, status]),
    service: service && [service.status, service.deployments.map(({ rolloutState }) => rolloutState)],
    tasks: tasks.map(({ lastStatus, definitionArn }) => [lastStatus, definitionArn.split(':').at(-1)]),
    containers,
    interfaces: Object.values(ec2.networkInterfaces).filter(({ Description }) => Description?.includes(':task/'))
      .length,
    balancers: [count(elb.loadBalancers), count(elb.listeners), count(elb.targetGroups)],
    targets: targets?.targets.map(({ health }) => health.State),
  }
}

const running = async (runtime: Runtime) => (await runtime.find({})).filter(({ running: runs }) => runs).length

/** Everything that goes on after the stack's own end: draining, stopping, saying so. */
const settle = async (test: TestWorld, runtime: Runtime) => {
  await test.until(() => isOver(stackOf(test.world.state)))
  await test.clock.pass(900)
  return inventory(test.world.state, await running(runtime))
}

/** The operation, stopped after so many waits and taken up by another embedded AWS. Undefined when it was over before. */
async function interrupted(operation: Operation, waits: number, how: 'killed' | 'stopped') {
  const runtime = simulatedRuntime(seededRandom(7))
  const first = startWorld({ runtime })
  await begin(first, operation)
  const { steps } = first.clock
  await first.until(() => isOver(stackOf(first.world.state)) || first.clock.steps >= steps + waits)
  const over = isOver(stackOf(first.world.state))
  const saved = serialize(first.world.state)
  await first.close()
  // A server that is stopped takes its containers along; one that is killed leaves them to the next.
  if (how === 'stopped') for (const { id } of await runtime.find({})) await runtime.remove(id)
  if (over) return undefined
  const second = startWorld({
    runtime,
    state: deserialize(saved),
    seed: waits + 2,
    clock: virtualClock(first.clock.now().getTime()),
  })
  const end = await settle(second, runtime)
  await second.close()
  return end
}

test.each<[Operation, string]>([
  ['create', 'CREATE_COMPLETE'],
  ['failing create', 'ROLLBACK_COMPLETE'],
  ['update', 'UPDATE_COMPLETE'],
  ['failing update', 'UPDATE_ROLLBACK_COMPLETE'],
  ['delete', 'DELETE_COMPLETE'],
])(
  'comes to the same end when it is interrupted anywhere in a %s',
  async (operation, status) => {
    const runtime = simulatedRuntime(seededRandom(7))
    const whole = startWorld({ runtime })
    await begin(whole, operation)
    const expected = await settle(whole, runtime)
    await whole.close()
    expect(expected.stack).toBe(status)
    for (let waits = 0; ; waits += STRIDE) {
      const how = waits % 2 === 0 ? 'killed' : 'stopped'
      const end = await interrupted(operation, waits, how)
      if (!end) break
      expect({ interrupted: `${how} after ${waits} waits`, ...end }).toEqual({
        interrupted: `${how} after ${waits} waits`,
        ...expected,
      })
    }
  },
  60_000,
)
