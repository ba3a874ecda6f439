import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { age } from './age.ts'
import { describe, type FilterPaths } from './describe.ts'
import { endpointServices, prefixListId } from './endpoint-services.ts'
import { find, select } from './find.ts'
import { newId } from './ids.ts'
import { groupsOf } from './network-interfaces.ts'
import type { VpcEndpoint } from './state.ts'
import { tagsFor } from './tags.ts'
import {
  addRouteTable,
  addSubnet,
  checkPrivateDns,
  dnsEntries,
  removeRouteTable,
  removeSubnet,
} from './vpc-endpoint-parts.ts'

const paths: FilterPaths<Sdk.VpcEndpoint> = {
  'ip-address-type': 'IpAddressType',
  'owner-id': 'OwnerId',
  'service-name': 'ServiceName',
  'service-region': 'ServiceRegion',
  'vpc-endpoint-id': 'VpcEndpointId',
  'vpc-endpoint-state': 'State',
  'vpc-endpoint-type': 'VpcEndpointType',
  'vpc-id': 'VpcId',
}
const servicePaths: FilterPaths<Sdk.ServiceDetail> = {
  'service-name': 'ServiceName',
  'service-type': 'ServiceType.ServiceType',
  owner: 'Owner',
}
const prefixListPaths: FilterPaths<Sdk.PrefixList> = {
  'prefix-list-id': 'PrefixListId',
  'prefix-list-name': 'PrefixListName',
}

const SECONDS_TO_CREATE = 75
const SECONDS_TO_DELETE = 60

const FULL_ACCESS = JSON.stringify({
  Version: '2008-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
})

/** Lets an interface endpoint become available, or go. */
export function ageVpcEndpoint(world: World, region: string, id: string): void {
  const { ec2 } = world.region(region)
  const endpoint = ec2.vpcEndpoints[id]
  if (!endpoint) return
  age(world, () => ec2.vpcEndpoints[id]?.state, {
    pending: [
      SECONDS_TO_CREATE,
      () => {
        endpoint.state = 'available'
      },
    ],
    deleting: [
      SECONDS_TO_DELETE,
      () => {
        for (const networkInterface of endpoint.NetworkInterfaceIds) delete ec2.networkInterfaces[networkInterface]
        delete ec2.vpcEndpoints[id]
      },
    ],
  })
}

export const vpcEndpoints = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2
  const show = ({ state, ...endpoint }: VpcEndpoint) => ({
    ...endpoint,
    OwnerId: world.account,
    // On the wire the words are written small, other than in the SDK's enumeration.
    State: state as string as Sdk.State,
  })

  function create(input: Sdk.CreateVpcEndpointRequest, call: Call): VpcEndpoint {
    const type = input.VpcEndpointType ?? 'Gateway'
    const { VpcId } = find(ec2(call), 'vpcs', input.VpcId)
    const known = endpointServices(call.region).filter(({ name }) => name === input.ServiceName)
    const service = known.find((service) => service.type === type)
    if (known.length === 0) {
      throw new AwsError('InvalidServiceName', `The Vpc Endpoint Service '${input.ServiceName}' does not exist`)
    }
    if (!service) {
      const types = known.map((service) => service.type).join(', ')
      throw new AwsError(
        'InvalidParameter',
        `Endpoint type (${type}) does not match available service types ([${types}]).`,
      )
    }
    const isInterface = type === 'Interface'
    const PrivateDnsEnabled = isInterface && (input.PrivateDnsEnabled ?? true)
    if (PrivateDnsEnabled) checkPrivateDns(ec2(call), call.region, VpcId, service)
    const VpcEndpointId = newId(world, 'vpce')
    const endpoint: VpcEndpoint = {
      VpcEndpointId,
      VpcEndpointType: type,
      VpcId,
      ServiceName: service.name,
      ServiceRegion: call.region,
      state: isInterface ? 'pending' : 'available',
      PolicyDocument: input.PolicyDocument ?? FULL_ACCESS,
      RouteTableIds: [],
      SubnetIds: [],
      Groups: isInterface ? groupsOf(ec2(call), VpcId, input.SecurityGroupIds) : [],
      NetworkInterfaceIds: [],
      IpAddressType: 'ipv4',
      PrivateDnsEnabled,
      RequesterManaged: false,
      DnsEntries: isInterface ? dnsEntries(call.region, VpcEndpointId, service, PrivateDnsEnabled) : [],
      CreationTimestamp: world.clock.now(),
      Tags: tagsFor('vpc-endpoint', input.TagSpecifications),
      clientToken: input.ClientToken,
    }
    for (const id of input.RouteTableIds ?? []) addRouteTable(ec2(call), call.region, endpoint, id)
    for (const id of input.SubnetIds ?? []) addSubnet(world, call.region, endpoint, id)
    ec2(call).vpcEndpoints[VpcEndpointId] = endpoint
    ageVpcEndpoint(world, call.region, VpcEndpointId)
    return endpoint
  }

  return {
    CreateVpcEndpoint: (input, call) => {
      const same = ({ clientToken }: VpcEndpoint) => clientToken !== undefined && clientToken === input.ClientToken
      const endpoint = Object.values(ec2(call).vpcEndpoints).find(same) ?? create(input, call)
      return { VpcEndpoint: show(endpoint), ...(input.ClientToken && { ClientToken: input.ClientToken }) }
    },

    DescribeVpcEndpoints: (input, call) => {
      const shown = select(ec2(call), 'vpcEndpoints', input.VpcEndpointIds).map(show)
      const { items, next } = describe(shown, input, paths)
      return { VpcEndpoints: items, ...next }
    },

    ModifyVpcEndpoint: (input, call) => {
      const state = ec2(call)
      const endpoint = find(state, 'vpcEndpoints', input.VpcEndpointId)
      for (const id of input.RemoveRouteTableIds ?? []) removeRouteTable(state, endpoint, id)
      for (const id of input.AddRouteTableIds ?? []) addRouteTable(state, call.region, endpoint, id)
      for (const id of input.RemoveSubnetIds ?? []) removeSubnet(state, endpoint, id)
      for (const id of input.AddSubnetIds ?? []) addSubnet(world, call.region, endpoint, id)
      const kept = endpoint.Groups.filter(({ GroupId = '' }) => !input.RemoveSecurityGroupIds?.includes(GroupId))
      const added = input.AddSecurityGroupIds?.length ? groupsOf(state, endpoint.VpcId, input.AddSecurityGroupIds) : []
      endpoint.Groups = [...kept, ...added]
      for (const id of endpoint.NetworkInterfaceIds) find(state, 'networkInterfaces', id).Groups = endpoint.Groups
      if (input.ResetPolicy) endpoint.PolicyDocument = FULL_ACCESS
      if (input.PolicyDocument) endpoint.PolicyDocument = input.PolicyDocument
      if (input.PrivateDnsEnabled !== undefined) endpoint.PrivateDnsEnabled = input.PrivateDnsEnabled
      return { Return: true }
    },

    DeleteVpcEndpoints: ({ VpcEndpointIds = [] }, call) => {
      const state = ec2(call)
      const unknown = VpcEndpointIds.filter((id) => !state.vpcEndpoints[id])
      for (const endpoint of VpcEndpointIds.flatMap((id) => state.vpcEndpoints[id] ?? [])) {
        for (const id of endpoint.RouteTableIds) removeRouteTable(state, endpoint, id)
        endpoint.state = 'deleting'
        if (endpoint.VpcEndpointType === 'Gateway') delete state.vpcEndpoints[endpoint.VpcEndpointId]
        else ageVpcEndpoint(world, call.region, endpoint.VpcEndpointId)
      }
      return {
        Unsuccessful: unknown.map((id) => ({
          ResourceId: id,
          Error: { Code: 'InvalidVpcEndpoint.NotFound', Message: `The Vpc Endpoint Id '${id}' does not exist` },
        })),
      }
    },

    DescribeVpcEndpointServices: (input, call) => {
      const details = endpointServices(call.region).map(({ name, type, service }) => ({
        ServiceName: name,
        ServiceType: [{ ServiceType: type }],
        ServiceRegion: call.region,
        Owner: 'amazon',
        BaseEndpointDnsNames: [`${service}.${call.region}.vpce.amazonaws.com`],
        AcceptanceRequired: false,
        VpcEndpointPolicySupported: true,
        Tags: [],
      }))
      const wanted = details.filter(({ ServiceName }) => input.ServiceNames?.includes(ServiceName) ?? true)
      const { items, next } = describe(wanted, input, servicePaths)
      return { ServiceNames: [...new Set(items.map((item) => item.ServiceName))], ServiceDetails: items, ...next }
    },

    DescribePrefixLists: (input, call) => {
      const lists = endpointServices(call.region)
        .filter(({ type }) => type === 'Gateway')
        .map(({ name }) => ({ PrefixListId: prefixListId(call.region, name), PrefixListName: name, Cidrs: [] }))
        .filter(({ PrefixListId }) => input.PrefixListIds?.includes(PrefixListId) ?? true)
      const { items, next } = describe(lists, input, prefixListPaths)
      return { PrefixLists: items, ...next }
    },
  } satisfies Handlers<typeof Sdk>
}
