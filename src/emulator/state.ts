import { emptyFaults, type FaultsState } from './faults/faults.ts'
import { type AcmState, emptyAcm } from './services/acm.ts'
import {
  type ApplicationAutoScalingState,
  emptyApplicationAutoScaling,
} from './services/applicationautoscaling/state.ts'
import { type AutoScalingState, emptyAutoScaling } from './services/autoscaling/state.ts'
import { type CloudFormationState, emptyCloudFormation } from './services/cloudformation/state.ts'
import { type CloudWatchState, emptyCloudWatch } from './services/cloudwatch/state.ts'
import { type Ec2State, emptyEc2 } from './services/ec2/state.ts'
import { type EcrState, emptyEcr } from './services/ecr/state.ts'
import { type EcsState, emptyEcs } from './services/ecs/state.ts'
import { type EfsState, emptyEfs } from './services/efs/state.ts'
import { type ElbState, emptyElb } from './services/elasticloadbalancing/state.ts'
import { emptyIam, type IamState } from './services/iam/state.ts'
import { emptyKms, type KmsState } from './services/kms.ts'
import { emptyLogs, type LogsState } from './services/logs.ts'
import { emptyS3, type S3State } from './services/s3/state.ts'
import { emptySecretsManager, type SecretsManagerState } from './services/secretsmanager/state.ts'
import { emptySqs, type SqsState } from './services/sqs/state.ts'
import { emptySsm, type SsmState } from './services/ssm/state.ts'
import { emptyWaf, type WafState } from './services/wafv2.ts'

/** What one region holds, a part a service. Plain data: it is saved between runs. */
export interface RegionState {
  readonly name: string
  readonly acm: AcmState
  readonly applicationautoscaling: ApplicationAutoScalingState
  readonly autoscaling: AutoScalingState
  readonly cloudformation: CloudFormationState
  readonly cloudwatch: CloudWatchState
  readonly ec2: Ec2State
  readonly ecr: EcrState
  readonly ecs: EcsState
  readonly efs: EfsState
  readonly elb: ElbState
  readonly kms: KmsState
  readonly logs: LogsState
  readonly s3: S3State
  readonly secretsmanager: SecretsManagerState
  readonly sqs: SqsState
  readonly ssm: SsmState
  readonly waf: WafState
}

export interface State {
  readonly iam: IamState
  readonly faults: FaultsState
  readonly regions: Record<string, RegionState>
}

export const emptyState = (): State => ({ iam: bare(emptyIam()), faults: emptyFaults(), regions: {} })

export const emptyRegion = (name: string): RegionState => fullRegion({ name })

/** A region in which every part is there, also those that an older version did not have. */
export const fullRegion = ({ name, ...saved }: Partial<RegionState> & Pick<RegionState, 'name'>): RegionState => ({
  name,
  acm: bare(saved.acm ?? emptyAcm()),
  applicationautoscaling: bare(saved.applicationautoscaling ?? emptyApplicationAutoScaling()),
  autoscaling: bare(saved.autoscaling ?? emptyAutoScaling()),
  cloudformation: bare(saved.cloudformation ?? emptyCloudFormation()),
  cloudwatch: bare(saved.cloudwatch ?? emptyCloudWatch()),
  ec2: bare(saved.ec2 ?? emptyEc2(name)),
  ecr: bare(saved.ecr ?? emptyEcr()),
  ecs: bare(saved.ecs ?? emptyEcs()),
  efs: bare(saved.efs ?? emptyEfs()),
  elb: bare(saved.elb ?? emptyElb()),
  kms: bare(saved.kms ?? emptyKms()),
  logs: bare(saved.logs ?? emptyLogs()),
  s3: withBareBuckets(bare(saved.s3 ?? emptyS3())),
  secretsmanager: bare(saved.secretsmanager ?? emptySecretsManager()),
  sqs: bare(saved.sqs ?? emptySqs()),
  ssm: bare(saved.ssm ?? emptySsm()),
  waf: bare(saved.waf ?? emptyWaf()),
})

/** Keys of objects come from outside too. */
const withBareBuckets = (s3: S3State): S3State => {
  for (const bucket of Object.values(s3.buckets)) bare(bucket)
  return s3
}

/** Names come from outside: by none of them may be found what every object of JavaScript has, such as `constructor`. */
export function bare<Part extends object>(part: Part): Part {
  for (const value of Object.values(part)) {
    if (typeof value === 'object' && !Array.isArray(value)) Object.setPrototypeOf(value, null)
  }
  return part
}
