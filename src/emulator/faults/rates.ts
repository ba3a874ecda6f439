import type { Callee } from './words.ts'

/** Requests at once, and requests a second for as long as one likes. */
type Rate = readonly [capacity: number, refill: number]

interface Bucket {
  readonly name: string
  readonly rate: Rate
}

/** Actions that share a bucket (ECS API reference, "Request throttling for the Amazon ECS API"). */
const ECS: readonly (readonly [actions: RegExp, rate: Rate])[] = [
  [/^((Create|Delete|Update)Cluster|PutClusterCapacityProviders|UpdateClusterSettings)$/, [20, 1]],
  [/^(DescribeClusters|ListClusters)$/, [50, 20]],
  [/^(Der|R)egisterTaskDefinition$/, [20, 1]],
  [/^(DescribeTaskDefinition|ListTaskDefinitions|ListTaskDefinitionFamilies)$/, [50, 20]],
  [/^DeleteTaskDefinitions$/, [5, 1]],
  [/^(Create|Delete|Update)CapacityProvider$/, [10, 1]],
  [/^DescribeCapacityProviders$/, [50, 20]],
  [/^(Unt|T)agResource$/, [20, 10]],
  [/^ListTagsForResource$/, [50, 20]],
  [/^(DeleteAccountSetting|PutAccountSetting|PutAccountSettingDefault)$/, [10, 1]],
  [/^ListAccountSettings$/, [50, 20]],
  [/^(DescribeContainerInstances|DescribeTasks|ListAttributes|ListContainerInstances|ListTasks)$/, [100, 20]],
  [/^(Create|Delete|Update)Service$/, [50, 5]],
  [/^(DescribeServices|ListServices)$/, [100, 20]],
  [/^(Describe|List)ServiceDeployments$/, [50, 20]],
  [/^DescribeServiceRevisions$/, [50, 20]],
  [/^(Update|Get)TaskProtection$/, [200, 80]],
  [
    /Attributes$|^(DeregisterContainerInstance|ExecuteCommand|RunTask|StartTask|StopTask|UpdateContainer.*)$/,
    [100, 40],
  ],
]

/** Elastic Load Balancing user guide, "Request throttling for the Elastic Load Balancing API". */
const ELB: typeof ECS = [
  [/^(CreateLoadBalancer|SetSubnets)$/, [10, 0.2]],
  [/^(Der|R)egisterTargets$/, [20, 4]],
  [/^Describe/, [40, 10]],
  [/./, [20, 3]],
]

/** EC2 developer guide, "Request throttling for the Amazon EC2 API": a bucket for each action. */
const EC2: typeof ECS = [
  [/^(RunInstances|StartInstances)$/, [5, 2]],
  [/^(Create|Modify)?VpcEndpoint$|^DeleteVpcEndpoints$/, [4, 0.3]],
  [/^(Create|Delete)NatGateway$/, [10, 1]],
  [/^(Create|Delete)Tags$/, [100, 10]],
  [
    /^(Create|Delete|Modify)NetworkInterface|^(TerminateInstances|ModifyLaunchTemplate|CreateLaunchTemplateVersion)$/,
    [100, 5],
  ],
  [/^(Describe|List|Search|Get)/, [100, 20]],
  [/./, [50, 5]],
]

/** Lists that count against a smaller bucket when they are asked for with neither a filter nor a page size. */
const UNFILTERED = /^Describe(Instances|InstanceStatus|NetworkInterfaces|SecurityGroups)$/

/**
 * The bucket of an action. CloudFormation publishes no numbers: about five reads a second and account are what
 * deployers observe; writes are assumed to be slower. Undefined for services that publish none and seem to mind little.
 */
function bucketOf(service: Callee, operation: string, input: unknown): Bucket | undefined {
  const first = (table: typeof ECS) => table.findIndex(([actions]) => actions.test(operation))
  const shared = (table: typeof ECS): Bucket | undefined => {
    const index = first(table)
    return index < 0 ? undefined : { name: `${service} ${index}`, rate: table[index]?.[1] ?? [1, 1] }
  }
  if (service === 'ecs') return shared(ECS)
  if (service === 'elasticloadbalancing') return shared(ELB)
  if (service === 'cloudformation') {
    const reads = /^(Describe|List|Get)/.test(operation)
    return { name: `cloudformation ${reads ? operation : 'writes'}`, rate: reads ? [10, 5] : [5, 1] }
  }
  if (service !== 'ec2') return undefined
  const bare = UNFILTERED.test(operation) && Object.keys((input as object | undefined) ?? {}).length === 0
  const rate = bare ? ([50, 10] as const) : EC2[first(EC2)]?.[1]
  return rate && { name: `ec2 ${operation}${bare ? ' unfiltered' : ''}`, rate }
}

export interface RatedCall {
  readonly service: Callee
  readonly region: string
  readonly operation: string
  readonly input: unknown
}

/** Token buckets, full at first. Returns whether a call may go on, which takes a token. */
export function createRates(): (call: RatedCall, at: Date, scale: number) => boolean {
  const buckets = new Map<string, { tokens: number; at: number }>()
  return ({ service, region, operation, input }, at, scale) => {
    const bucket = bucketOf(service, operation, input)
    if (!bucket) return true
    const [capacity, refill] = bucket.rate
    const key = `${region} ${bucket.name}`
    const { tokens, at: before } = buckets.get(key) ?? { tokens: capacity * scale, at: at.getTime() }
    const refilled = tokens + ((at.getTime() - before) / 1000) * refill * scale
    const left = Math.min(Math.max(1, capacity * scale), refilled)
    buckets.set(key, { tokens: left >= 1 ? left - 1 : left, at: at.getTime() })
    return left >= 1
  }
}
