import type { StackState } from '../../src/emulator/services/cloudformation/state.ts'
import type { ServiceState } from '../../src/emulator/services/ecs/state.ts'
import type { RegionState } from '../../src/emulator/state.ts'
import type { World } from '../../src/emulator/world.ts'
import { REGION } from '../support/world.ts'
import { digestOf, dockerfileOf } from './aws.ts'
import { APP, type Draft, type Project } from './project.ts'

/** What really is, whatever any command says. */
export const regionOf = (world: World): RegionState => world.region(REGION)

export function stackCalled(world: World, name: string): StackState | undefined {
  return Object.values(regionOf(world).cloudformation.stacks).find(
    (stack) => stack.name === name && stack.status !== 'DELETE_COMPLETE',
  )
}

export const stackNames = (environment: string, { services }: Project): string[] => [
  APP,
  `${APP}-${environment}`,
  ...services.map(({ name }) => serviceStackName(environment, name)),
]

export const serviceStackName = (environment: string, service: string): string => `${APP}-${environment}-${service}`

function serviceIn(world: World, stackName: string): ServiceState | undefined {
  const resource = Object.values(stackCalled(world, stackName)?.resources ?? {}).find(
    ({ type, physicalId }) => type === 'AWS::ECS::Service' && physicalId !== undefined,
  )
  const service = regionOf(world).ecs.services[resource?.physicalId ?? '']
  return service?.status === 'INACTIVE' ? undefined : service
}

/** Why a service is not as its user wants it; undefined when it is. */
export function shortcoming(world: World, environment: string, draft: Draft, lively = true): string | undefined {
  const name = serviceStackName(environment, draft.name)
  const stack = stackCalled(world, name)
  // After a rollback it may well be what somebody wants again.
  if (!/^(CREATE|UPDATE|UPDATE_ROLLBACK)_COMPLETE$/.test(stack?.status ?? ''))
    return `${name} is ${stack?.status ?? 'absent'}`
  const service = serviceIn(world, name)
  const primary = service?.deployments.find(({ status }) => status === 'PRIMARY')
  if (!service || !primary) return `${name} has no service`
  if (service.desiredCount !== draft.count) return `${name} is to have ${service.desiredCount} tasks`
  const wrong = wrongDefinition(world, primary.taskDefinition, draft)
  if (wrong) return `${name} runs ${wrong}`
  if (primary.rolloutState !== 'COMPLETED') return `${name}: its deployment is ${primary.rolloutState}`
  if (!lively) return undefined
  const tasks = Object.values(regionOf(world).ecs.tasks).filter(
    ({ serviceArn, lastStatus, desiredStatus, definitionArn }) =>
      serviceArn === service.arn &&
      lastStatus === 'RUNNING' &&
      desiredStatus === 'RUNNING' &&
      definitionArn === primary.taskDefinition,
  )
  if (tasks.length < draft.count) return `${name} has ${tasks.length} tasks`
  const group = service.input.loadBalancers?.[0]?.targetGroupArn
  if ((group !== undefined) !== draft.http) return `${name} has ${group === undefined ? 'no' : 'a'} target group`
  const targets = group === undefined ? [] : (regionOf(world).elb.targetGroups[group]?.targets ?? [])
  const healthy = targets.filter(({ health }) => health.State === 'healthy').length
  return group !== undefined && healthy < draft.count ? `${name} has ${healthy} healthy targets` : undefined
}

/** What is wrong with a task definition for what the user has in the folder. */
export function wrongDefinition(world: World, arn: string, draft: Draft): string | undefined {
  const { program, version, setting } = draft
  const [container] = regionOf(world).ecs.taskDefinitions[arn]?.input.containerDefinitions ?? []
  const wanted = digestOf(dockerfileOf(program, version))
  if (!container?.image?.endsWith(`@${wanted}`)) return `${container?.image}, not ${program} version ${version}`
  const found = container.environment?.find(({ name }) => name === 'SETTING')?.value
  return found === String(setting) ? undefined : `with setting ${found}, not ${setting}`
}

/** Whether a deployment with this task definition ever came to its good end. */
export const everServed = (world: World, taskDefinition: string): boolean =>
  Object.values(regionOf(world).ecs.services).some(({ history = [] }) =>
    history.some(({ input, status }) => input.taskDefinition === taskDefinition && status === 'SUCCESSFUL'),
  )

/** What environments have, but for what comes and goes by itself. */
export function belongings(world: World, environments: readonly string[]): string[] {
  if (environments.length === 0) return []
  const stacks = Object.values(regionOf(world).cloudformation.stacks)
  // What is still being made may go again, by nobody's doing.
  const settled = environments.filter((environment) =>
    stacks.every(({ name, status }) => !name.startsWith(`${APP}-${environment}`) || status !== 'CREATE_IN_PROGRESS'),
  )
  return existing(world).filter(
    (name) =>
      /^(stack|service|definition|target group|rule|role|log group) /.test(name) &&
      settled.some((environment) => name.includes(`${APP}-${environment}-`)),
  )
}

type Table = Readonly<Record<string, unknown>>
const names = (table: Table, lives: (value: never) => boolean = () => true): string[] =>
  Object.keys(table).filter((key) => lives(table[key] as never))

/** Everything that exists, as names; what AWS only remembers for a while is left out. */
export function existing(world: World): string[] {
  const { autoscaling, cloudformation, ec2, ecr, ecs, elb, logs } = regionOf(world)
  const { iam } = world.state
  const tables: Readonly<Record<string, readonly string[]>> = {
    stack: Object.values(cloudformation.stacks).flatMap(({ name, status }) =>
      status === 'DELETE_COMPLETE' ? [] : [name],
    ),
    cluster: names(ecs.clusters, ({ status }: { status: string }) => status === 'ACTIVE'),
    provider: names(ecs.capacityProviders, ({ status }: { status: string }) => status === 'ACTIVE'),
    definition: names(ecs.taskDefinitions, ({ status }: { status: string }) => status !== 'DELETE_IN_PROGRESS'),
    service: names(ecs.services, ({ status }: { status: string }) => status !== 'INACTIVE'),
    task: names(ecs.tasks, ({ lastStatus }: { lastStatus: string }) => lastStatus !== 'STOPPED'),
    'container instance': names(ecs.containerInstances),
    group: names(autoscaling.groups),
    balancer: names(elb.loadBalancers),
    listener: names(elb.listeners),
    rule: names(elb.rules),
    'target group': names(elb.targetGroups),
    repository: names(ecr.repositories),
    image: Object.values(ecr.repositories).flatMap(({ name, images }) =>
      Object.keys(images).map((digest) => `${name}@${digest}`),
    ),
    'log group': names(logs.groups),
    role: names(iam.roles, ({ path }: { path: string }) => !path.startsWith('/aws-service-role/')),
    profile: names(iam.instanceProfiles),
    policy: names(iam.policies),
    instance: names(ec2.instances, ({ State }: { State?: { Name?: string } }) => State?.Name !== 'terminated'),
    vpc: names(ec2.vpcs),
    subnet: names(ec2.subnets),
    'route table': names(ec2.routeTables),
    'internet gateway': names(ec2.internetGateways),
    'security group': names(ec2.securityGroups),
    interface: names(ec2.networkInterfaces),
    template: names(ec2.launchTemplates),
    address: names(ec2.addresses),
  }
  return Object.entries(tables).flatMap(([table, keys]) => keys.map((key) => `${table} ${key}`))
}
