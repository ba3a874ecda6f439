import { AwsError } from '../../errors.ts'
import type { Ec2State, Item, Kind } from './state.ts'

/** How AWS says that an id is not there, by kind: the code, and the text before and behind the id. */
const absence: Record<Kind, readonly [code: string, text: (id: string) => string]> = {
  vpcs: ['InvalidVpcID.NotFound', (id) => `The vpc ID '${id}' does not exist`],
  subnets: ['InvalidSubnetID.NotFound', (id) => `The subnet ID '${id}' does not exist`],
  internetGateways: ['InvalidInternetGatewayID.NotFound', (id) => `The internetGateway ID '${id}' does not exist`],
  natGateways: ['NatGatewayNotFound', (id) => `NAT gateway ${id} was not found`],
  addresses: ['InvalidAllocationID.NotFound', (id) => `The allocation ID '${id}' does not exist`],
  routeTables: ['InvalidRouteTableID.NotFound', (id) => `The routeTable ID '${id}' does not exist`],
  networkAcls: ['InvalidNetworkAclID.NotFound', (id) => `The networkAcl ID '${id}' does not exist`],
  vpcEndpoints: ['InvalidVpcEndpointId.NotFound', (id) => `The Vpc Endpoint Id '${id}' does not exist`],
  securityGroups: ['InvalidGroup.NotFound', (id) => `The security group '${id}' does not exist`],
  launchTemplates: [
    'InvalidLaunchTemplateId.NotFound',
    (id) => `The specified launch template, with template ID ${id}, does not exist.`,
  ],
  networkInterfaces: ['InvalidNetworkInterfaceID.NotFound', (id) => `The networkInterface ID '${id}' does not exist`],
  instances: ['InvalidInstanceID.NotFound', (id) => `The instance ID '${id}' does not exist`],
  flowLogs: ['InvalidFlowLogId.NotFound', (id) => `These flow log ids in the input list are not found: [${id}]`],
}

/** The item with an id. Throws AWS's own "does not exist" of its kind. */
export function find<K extends Kind>(ec2: Ec2State, kind: K, id: string | undefined): Item<K> {
  const item = ec2[kind][id ?? ''] as Item<K> | undefined
  if (item) return item
  const [code, text] = absence[kind]
  throw new AwsError(code, text(id ?? 'null'))
}

/** All items of a kind, or those that are asked for by id. */
export const select = <K extends Kind>(ec2: Ec2State, kind: K, ids: readonly string[] = []): Item<K>[] =>
  ids.length === 0 ? (Object.values(ec2[kind]) as Item<K>[]) : ids.map((id) => find(ec2, kind, id))

export const missing = (parameter: string): AwsError =>
  new AwsError('MissingParameter', `The request must contain the parameter ${parameter}`)

export const invalid = (text: string): AwsError => new AwsError('InvalidParameterValue', text)

export const dependencyViolation = (kind: string, id: string): AwsError =>
  new AwsError('DependencyViolation', `The ${kind} '${id}' has dependencies and cannot be deleted.`)
