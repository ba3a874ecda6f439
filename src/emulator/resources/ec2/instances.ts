import type * as Sdk from '@aws-sdk/client-ec2'
import { ignoringAbsent, type ResourceContext, resource, until } from '../resource.ts'
import { api, notStabilized, retag, tagged } from './shared.ts'

interface LaunchTemplateProperties {
  readonly LaunchTemplateName?: string
  readonly LaunchTemplateData: Sdk.RequestLaunchTemplateData
  readonly VersionDescription?: string
  readonly TagSpecifications?: readonly { readonly ResourceType: string; readonly Tags: unknown }[]
}

type InstanceProperties = Omit<
  Sdk.RunInstancesRequest,
  'MinCount' | 'MaxCount' | 'IamInstanceProfile' | 'Monitoring' | 'TagSpecifications' | 'NetworkInterfaces'
> & {
  readonly AvailabilityZone?: string
  readonly IamInstanceProfile?: string
  readonly Monitoring?: boolean
  readonly NetworkInterfaces?: readonly (Omit<Sdk.InstanceNetworkInterfaceSpecification, 'DeviceIndex' | 'Groups'> & {
    readonly DeviceIndex: string
    readonly GroupSet?: string[]
  })[]
  readonly Tags?: unknown
}

const ownTags = ({ TagSpecifications = [] }: LaunchTemplateProperties): unknown =>
  TagSpecifications.find(({ ResourceType }) => ResourceType === 'launch-template')?.Tags

const templateOf = (id: string, context: ResourceContext) =>
  api(context).DescribeLaunchTemplates({ LaunchTemplateIds: [id] }, context.call).LaunchTemplates[0]

/** An update is a new version; which one is the default stays as it is. */
const launchTemplate = resource<LaunchTemplateProperties>({
  create(properties, context) {
    const { LaunchTemplateData, VersionDescription } = properties
    const LaunchTemplateName =
      properties.LaunchTemplateName ?? `${context.logicalId.slice(0, 115)}_${context.world.random.suffix(12)}`
    const TagSpecifications = tagged(context, 'launch-template', ownTags(properties))
    const input = { LaunchTemplateName, LaunchTemplateData, VersionDescription, TagSpecifications }
    return api(context).CreateLaunchTemplate(input, context.call).LaunchTemplate.LaunchTemplateId
  },
  update(LaunchTemplateId, properties, _before, context) {
    const { LaunchTemplateData, VersionDescription } = properties
    const input = { LaunchTemplateId, LaunchTemplateData, VersionDescription }
    api(context).CreateLaunchTemplateVersion(input, context.call)
    retag(LaunchTemplateId, ownTags(properties), context)
  },
  delete: (LaunchTemplateId, _properties, context) =>
    ignoringAbsent(['InvalidLaunchTemplateId.NotFound'], () =>
      api(context).DeleteLaunchTemplate({ LaunchTemplateId }, context.call),
    ),
  attributes(id, context) {
    const template = templateOf(id, context)
    return {
      LaunchTemplateId: id,
      LatestVersionNumber: String(template?.LatestVersionNumber),
      DefaultVersionNumber: String(template?.DefaultVersionNumber),
    }
  },
})

const instanceOf = (id: string, context: ResourceContext) =>
  api(context).DescribeInstances({ InstanceIds: [id] }, context.call).Reservations[0]?.Instances[0]

const instance = resource<InstanceProperties>({
  create(properties, context) {
    const { AvailabilityZone, IamInstanceProfile, Monitoring, NetworkInterfaces, Tags, ...input } = properties
    const { Instances } = api(context).RunInstances(
      {
        ...input,
        MinCount: 1,
        MaxCount: 1,
        ...(AvailabilityZone && { Placement: { AvailabilityZone } }),
        ...(IamInstanceProfile && { IamInstanceProfile: { Name: IamInstanceProfile } }),
        ...(Monitoring !== undefined && { Monitoring: { Enabled: Monitoring } }),
        ...(NetworkInterfaces && {
          NetworkInterfaces: NetworkInterfaces.map(({ GroupSet, DeviceIndex, ...networkInterface }) => ({
            ...networkInterface,
            DeviceIndex: Number(DeviceIndex),
            Groups: GroupSet,
          })),
        }),
        TagSpecifications: tagged(context, 'instance', Tags),
      },
      context.call,
    )
    return Instances[0]?.InstanceId ?? ''
  },
  stabilize: (id, context) =>
    until(context, 5, () => {
      const name = instanceOf(id, context)?.State?.Name
      if (name !== 'pending' && name !== 'running') throw notStabilized(`Instance ${id} is in state ${name}.`)
      return name === 'running'
    }),
  update(id, { Tags }, _before, context) {
    retag(id, Tags, context)
  },
  delete: (id, _properties, context) =>
    ignoringAbsent(['InvalidInstanceID.NotFound'], async () => {
      api(context).TerminateInstances({ InstanceIds: [id] }, context.call)
      await until(context, 5, () => instanceOf(id, context)?.State?.Name === 'terminated')
    }),
  attributes(id, context) {
    const instance = instanceOf(id, context)
    return {
      InstanceId: id,
      AvailabilityZone: instance?.Placement?.AvailabilityZone,
      PrivateDnsName: instance?.PrivateDnsName,
      PrivateIp: instance?.PrivateIpAddress,
      PublicDnsName: instance?.PublicDnsName,
      PublicIp: instance?.PublicIpAddress ?? '',
      VpcId: instance?.VpcId,
    }
  },
})

type FlowLogProperties = Omit<Sdk.CreateFlowLogsRequest, 'ResourceIds' | 'TagSpecifications'> & {
  readonly ResourceId: string
  readonly Tags?: unknown
}

const flowLog = resource<FlowLogProperties>({
  create({ ResourceId, Tags, ...properties }, context) {
    const TagSpecifications = tagged(context, 'vpc-flow-log', Tags)
    const input = { ...properties, ResourceIds: [ResourceId], TagSpecifications }
    return api(context).CreateFlowLogs(input, context.call).FlowLogIds[0] ?? ''
  },
  update(id, { Tags }, _before, context) {
    retag(id, Tags, context)
  },
  delete: (id, _properties, context) =>
    ignoringAbsent(['InvalidFlowLogId.NotFound'], () =>
      api(context).DeleteFlowLogs({ FlowLogIds: [id] }, context.call),
    ),
  attributes: (id) => ({ Id: id }),
})

export const instanceResources = {
  'AWS::EC2::LaunchTemplate': launchTemplate,
  'AWS::EC2::Instance': instance,
  'AWS::EC2::FlowLog': flowLog,
}
