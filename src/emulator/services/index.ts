import type { World } from '../world.ts'
import { acm } from './acm.ts'
import { applicationAutoScaling } from './applicationautoscaling/index.ts'
import { autoscaling, resumeAutoScaling } from './autoscaling/index.ts'
import { cloudcontrol } from './cloudcontrol.ts'
import { cloudformation, resumeCloudFormation } from './cloudformation/index.ts'
import { cloudwatch, resumeCloudWatch } from './cloudwatch/index.ts'
import { ec2, resumeEc2 } from './ec2/index.ts'
import { ecr, resumeEcr } from './ecr/index.ts'
import { ecs, resumeEcs } from './ecs/index.ts'
import { efs } from './efs/index.ts'
import { elasticloadbalancing, resumeElb } from './elasticloadbalancing/index.ts'
import { iam } from './iam/index.ts'
import { kms } from './kms.ts'
import { logs } from './logs.ts'
import { s3 } from './s3/index.ts'
import { secretsmanager } from './secretsmanager/index.ts'
import { servicediscovery } from './servicediscovery.ts'
import { servicequotas } from './servicequotas/index.ts'
import { sqs } from './sqs/index.ts'
import { ssm } from './ssm/index.ts'
import { sts } from './sts.ts'
import { wafv2 } from './wafv2.ts'

/** Every service's handlers, by signing name. */
export const createServices = (world: World) => ({
  acm: acm(world),
  'application-autoscaling': applicationAutoScaling(world),
  autoscaling: autoscaling(world),
  cloudcontrolapi: cloudcontrol(world),
  cloudformation: cloudformation(world),
  ec2: ec2(world),
  ecr: ecr(world),
  ecs: ecs(world),
  elasticfilesystem: efs(world),
  elasticloadbalancing: elasticloadbalancing(world),
  iam: iam(world),
  kms: kms(world),
  logs: logs(world),
  s3: s3(world),
  monitoring: cloudwatch(world),
  secretsmanager: secretsmanager(world),
  servicediscovery: servicediscovery(world),
  servicequotas: servicequotas(world),
  sqs: sqs(world),
  ssm: ssm(world),
  sts: sts(world),
  wafv2: wafv2(world),
})

export type Services = ReturnType<typeof createServices>

/** Takes up again what was under way when the state was saved. */
export function resume(world: World): void {
  resumeAutoScaling(world)
  resumeCloudFormation(world)
  resumeCloudWatch(world)
  resumeEc2(world)
  resumeEcr(world)
  resumeEcs(world)
  resumeElb(world)
}
