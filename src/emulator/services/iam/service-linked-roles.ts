import type * as Sdk from '@aws-sdk/client-iam'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { summarizeRole } from './roles.ts'
import { findRole, iamArn, invalidInput, noSuchEntity, type Role, uniqueId } from './state.ts'

/** Service principals and what their role's name ends with. */
const services: Readonly<Record<string, string>> = {
  'autoscaling.amazonaws.com': 'AutoScaling',
  'batch.amazonaws.com': 'Batch',
  'ec2fleet.amazonaws.com': 'EC2Fleet',
  'ecs.amazonaws.com': 'ECS',
  'ecs.application-autoscaling.amazonaws.com': 'ApplicationAutoScaling_ECSService',
  'ecs-compute.amazonaws.com': 'ECSCompute',
  'elasticfilesystem.amazonaws.com': 'AmazonElasticFileSystem',
  'elasticloadbalancing.amazonaws.com': 'ElasticLoadBalancing',
  'events.amazonaws.com': 'CloudWatchEvents',
  'pullthroughcache.ecr.amazonaws.com': 'ECRPullThroughCache',
  'replication.ecr.amazonaws.com': 'ECRReplication',
  'spot.amazonaws.com': 'EC2Spot',
  'spotfleet.amazonaws.com': 'EC2SpotFleet',
}

export const serviceLinkedRoles = (world: World) =>
  ({
    CreateServiceLinkedRole: ({ AWSServiceName: service = '', Description, CustomSuffix }) => {
      const ending = services[service]
      if (ending === undefined) {
        throw invalidInput(`Service name ${service} is not valid or does not support service-linked roles.`)
      }
      const name = `AWSServiceRoleFor${ending}${CustomSuffix ? `_${CustomSuffix}` : ''}`
      if (world.state.iam.roles[name]) {
        throw invalidInput(`Service role name ${name} has been taken in this account, please try a different suffix.`)
      }
      const path = `/aws-service-role/${service}/`
      const trust = { Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }
      const role: Role = {
        name,
        path,
        id: uniqueId(world, 'AROA'),
        arn: iamArn(world, `role${path}${name}`),
        created: world.clock.now(),
        trust: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
        ...(Description !== undefined && { description: Description }),
        maximumSession: 3600,
        inline: {},
        attached: [],
        tags: {},
      }
      world.state.iam.roles[name] = role
      return { Role: summarizeRole(role) }
    },

    DeleteServiceLinkedRole: ({ RoleName }) => {
      const { name, path } = findRole(world, RoleName)
      delete world.state.iam.roles[name]
      return { DeletionTaskId: `task${path}${name}/${world.random.uuid()}` }
    },

    GetServiceLinkedRoleDeletionStatus: ({ DeletionTaskId = '' }) => {
      if (!DeletionTaskId.startsWith('task/aws-service-role/')) {
        throw noSuchEntity(`Deletion task id ${DeletionTaskId} was not found.`)
      }
      return { Status: 'SUCCEEDED' }
    },
  }) satisfies Handlers<typeof Sdk>
