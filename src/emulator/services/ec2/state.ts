import type * as Sdk from '@aws-sdk/client-ec2'
import { defaultNetwork } from './default-network.ts'

/** A shape of the SDK, of which some members are known to be there. */
type With<Shape, Known extends keyof Shape> = Shape & { [Name in Known]-?: NonNullable<Shape[Name]> }

export type Vpc = With<Sdk.Vpc, 'VpcId' | 'CidrBlock' | 'IsDefault' | 'Tags'> & {
  readonly attributes: Record<VpcAttribute, boolean>
}
export type VpcAttribute = 'EnableDnsSupport' | 'EnableDnsHostnames' | 'EnableNetworkAddressUsageMetrics'

export type Subnet = With<
  Sdk.Subnet,
  'SubnetId' | 'VpcId' | 'CidrBlock' | 'AvailabilityZone' | 'MapPublicIpOnLaunch' | 'DefaultForAz' | 'Tags'
>
export type InternetGateway = With<Sdk.InternetGateway, 'InternetGatewayId' | 'Attachments' | 'Tags'>
export type NatGateway = With<
  Sdk.NatGateway,
  'NatGatewayId' | 'VpcId' | 'State' | 'ConnectivityType' | 'NatGatewayAddresses' | 'Tags'
> & { readonly clientToken?: string | undefined }
export type Address = With<Sdk.Address, 'AllocationId' | 'PublicIp' | 'Tags'>
export type RouteTable = With<Sdk.RouteTable, 'RouteTableId' | 'VpcId' | 'Associations' | 'Routes' | 'Tags'>
export type NetworkAcl = With<Sdk.NetworkAcl, 'NetworkAclId' | 'VpcId' | 'Associations' | 'Tags'>
export type VpcEndpoint = With<
  Sdk.VpcEndpoint,
  'VpcEndpointId' | 'VpcId' | 'ServiceName' | 'RouteTableIds' | 'SubnetIds' | 'Groups' | 'NetworkInterfaceIds' | 'Tags'
> & { state: 'pending' | 'available' | 'deleting'; readonly clientToken?: string | undefined }
export type SecurityGroup = With<Sdk.SecurityGroup, 'GroupId' | 'GroupName' | 'VpcId' | 'Tags'> & {
  readonly rules: SecurityGroupRule[]
}
export type SecurityGroupRule = With<Sdk.SecurityGroupRule, 'SecurityGroupRuleId' | 'IsEgress' | 'IpProtocol' | 'Tags'>
export type NetworkInterface = With<
  Sdk.NetworkInterface,
  'NetworkInterfaceId' | 'SubnetId' | 'VpcId' | 'PrivateIpAddress' | 'Groups'
> & { Tags: Sdk.Tag[] }
export type LaunchTemplate = With<
  Sdk.LaunchTemplate,
  'LaunchTemplateId' | 'LaunchTemplateName' | 'DefaultVersionNumber' | 'LatestVersionNumber' | 'Tags'
> & { readonly versions: LaunchTemplateVersion[] }
export type LaunchTemplateVersion = With<Sdk.LaunchTemplateVersion, 'VersionNumber' | 'LaunchTemplateData'>
export type FlowLog = With<Sdk.FlowLog, 'FlowLogId' | 'Tags'>

export type Instance = With<
  Sdk.Instance,
  'InstanceId' | 'InstanceType' | 'ImageId' | 'SubnetId' | 'VpcId' | 'Placement' | 'LaunchTime' | 'Tags'
> & {
  State: { Name: Sdk.InstanceStateName; Code: number }
  readonly reservationId: string
  /** Base64, as it was given. */
  readonly UserData?: string | undefined
  /** Whether its ECS agent has started. */
  agent?: boolean
}

export interface Ec2State {
  readonly vpcs: Record<string, Vpc>
  readonly subnets: Record<string, Subnet>
  readonly internetGateways: Record<string, InternetGateway>
  readonly natGateways: Record<string, NatGateway>
  readonly addresses: Record<string, Address>
  readonly routeTables: Record<string, RouteTable>
  readonly networkAcls: Record<string, NetworkAcl>
  readonly vpcEndpoints: Record<string, VpcEndpoint>
  readonly securityGroups: Record<string, SecurityGroup>
  readonly launchTemplates: Record<string, LaunchTemplate>
  readonly networkInterfaces: Record<string, NetworkInterface>
  readonly instances: Record<string, Instance>
  readonly flowLogs: Record<string, FlowLog>
}

export type Kind = keyof Ec2State
export type Item<K extends Kind> = Ec2State[K][string]

/** A region as AWS hands it out: with a default VPC. Owners and ARNs are added when an item is shown. */
export const emptyEc2 = (region: string): Ec2State => ({
  natGateways: {},
  addresses: {},
  vpcEndpoints: {},
  launchTemplates: {},
  networkInterfaces: {},
  instances: {},
  flowLogs: {},
  ...defaultNetwork(region),
})
