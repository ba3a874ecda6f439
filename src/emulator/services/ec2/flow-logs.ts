import type * as Sdk from '@aws-sdk/client-ec2'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call, World } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { find, select } from './find.ts'
import { newId } from './ids.ts'
import type { FlowLog } from './state.ts'
import { tagsFor } from './tags.ts'

const paths: FilterPaths<Sdk.FlowLog> = {
  'deliver-log-status': 'DeliverLogsStatus',
  'flow-log-id': 'FlowLogId',
  'log-destination-type': 'LogDestinationType',
  'log-group-name': 'LogGroupName',
  'resource-id': 'ResourceId',
  'traffic-type': 'TrafficType',
}

const KINDS = { VPC: 'vpcs', Subnet: 'subnets', NetworkInterface: 'networkInterfaces' } as const

const FORMAT =
  'version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status'
    .split(' ')
    .map((field) => `\${${field}}`)
    .join(' ')

/** Flow logs are kept, but nothing flows that could be logged. */
export const flowLogs = (world: World) => {
  const ec2 = (call: Call) => world.region(call.region).ec2

  return {
    CreateFlowLogs: (input, call) => {
      const created = (input.ResourceIds ?? []).map((ResourceId) => {
        const kind = KINDS[input.ResourceType as keyof typeof KINDS]
        if (kind) find(ec2(call), kind, ResourceId)
        const log: FlowLog = {
          FlowLogId: newId(world, 'fl'),
          FlowLogStatus: 'ACTIVE',
          ResourceId,
          CreationTime: world.clock.now(),
          TrafficType: input.TrafficType,
          LogDestinationType: input.LogDestinationType ?? 'cloud-watch-logs',
          LogDestination: input.LogDestination,
          LogGroupName: input.LogGroupName,
          DeliverLogsPermissionArn: input.DeliverLogsPermissionArn,
          LogFormat: input.LogFormat ?? FORMAT,
          MaxAggregationInterval: input.MaxAggregationInterval ?? 600,
          Tags: tagsFor('vpc-flow-log', input.TagSpecifications),
        }
        ec2(call).flowLogs[log.FlowLogId] = log
        return log.FlowLogId
      })
      return { FlowLogIds: created, Unsuccessful: [] }
    },

    DescribeFlowLogs: (input, call) => {
      const logs = select(ec2(call), 'flowLogs', input.FlowLogIds)
      const { items, next } = describe(logs, { ...input, Filters: input.Filter }, paths)
      return { FlowLogs: items, ...next }
    },

    DeleteFlowLogs: ({ FlowLogIds = [] }, call) => {
      for (const { FlowLogId } of FlowLogIds.map((id) => find(ec2(call), 'flowLogs', id))) {
        delete ec2(call).flowLogs[FlowLogId]
      }
      return { Unsuccessful: [] }
    },
  } satisfies Handlers<typeof Sdk>
}
