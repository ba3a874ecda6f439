import { applicationAutoScalingResources } from './applicationautoscaling.ts'
import { autoScalingResources } from './autoscaling.ts'
import { cloudWatchResources } from './cloudwatch.ts'
import { ec2Resources } from './ec2.ts'
import { ecrResources } from './ecr.ts'
import { ecsResources } from './ecs.ts'
import { efsResources } from './efs.ts'
import { elasticLoadBalancingResources } from './elasticloadbalancing.ts'
import { iamResources } from './iam.ts'
import { iamPolicyResources } from './iam-policies.ts'
import { kmsResources } from './kms.ts'
import { logsResources } from './logs.ts'
import type { ResourceType } from './resource.ts'
import { route53Resources } from './route53.ts'
import { s3Resources } from './s3.ts'
import { secretsmanagerResources } from './secretsmanager.ts'
import { serviceDiscoveryResources } from './servicediscovery.ts'
import { sqsResources } from './sqs.ts'
import { ssmResources } from './ssm.ts'
import { wafv2Resources } from './wafv2.ts'

/** Every resource type that the embedded AWS acts on, by its CloudFormation name. */
export const resourceTypes: Readonly<Record<string, ResourceType>> = {
  ...applicationAutoScalingResources,
  ...autoScalingResources,
  ...cloudWatchResources,
  ...ec2Resources,
  ...elasticLoadBalancingResources,
  ...ecrResources,
  ...efsResources,
  ...iamResources,
  ...iamPolicyResources,
  ...ecsResources,
  ...kmsResources,
  ...logsResources,
  ...route53Resources,
  ...s3Resources,
  ...secretsmanagerResources,
  ...serviceDiscoveryResources,
  ...sqsResources,
  ...ssmResources,
  ...wafv2Resources,
}
