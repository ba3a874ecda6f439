import { autoScalingResources } from './autoscaling.ts'
import { ec2Resources } from './ec2.ts'
import { ecrResources } from './ecr.ts'
import { ecsResources } from './ecs.ts'
import { efsResources } from './efs.ts'
import { elasticLoadBalancingResources } from './elasticloadbalancing.ts'
import { iamResources } from './iam.ts'
import { iamPolicyResources } from './iam-policies.ts'
import { logsResources } from './logs.ts'
import type { ResourceType } from './resource.ts'
import { s3Resources } from './s3.ts'
import { secretsmanagerResources } from './secretsmanager.ts'
import { ssmResources } from './ssm.ts'

/** Every resource type that the embedded AWS acts on, by its CloudFormation name. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  ...autoScalingResources,
  ...ec2Resources,
  ...elasticLoadBalancingResources,
  ...ecrResources,
  ...iamResources,
  ...efsResources,
  ...iamPolicyResources,
  ...ecsResources,
  ...logsResources,
  ...secretsmanagerResources,
  ...s3Resources,
  ...ssmResources,
}
