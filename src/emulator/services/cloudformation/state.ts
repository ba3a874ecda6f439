import type {
  Capability,
  Change,
  ChangeSetStatus,
  ChangeSetType,
  ExecutionStatus,
  ResourceStatus,
  StackStatus,
} from '@aws-sdk/client-cloudformation'
import type { ParameterValue } from '../../cloudformation/parameters.ts'
import type { Properties, Tag } from '../../resources/resource.ts'

/** What a caller asks a stack to be. */
export interface StackDefinition {
  readonly templateBody: string
  readonly parameters: Readonly<Record<string, ParameterValue>>
  readonly tags: readonly Tag[]
}

/** A resource as it stands in the services, with all that is needed to delete it without its template. */
export interface PhysicalResource {
  readonly logicalId: string
  readonly type: string
  readonly physicalId: string
  readonly properties: Properties
  readonly dependsOn: readonly string[]
  /** What to do with it when its stack goes, and when another takes its place. */
  readonly deletionPolicy: string
  readonly updateReplacePolicy: string
}

export interface StackResource extends Omit<PhysicalResource, 'physicalId'> {
  physicalId?: string
  status: ResourceStatus
  reason?: string
  changedAt: Date
  /** What a rollback of the running update brings back; null when nothing stood here. Absent while it is not touched. */
  before?: PhysicalResource | null
  /** What the running update found; other than `before` when it goes on from an update that failed. */
  from?: PhysicalResource | null
}

export interface StackEventState {
  readonly id: string
  readonly logicalId: string
  readonly physicalId: string
  readonly type: string
  readonly status: ResourceStatus
  readonly reason?: string
  /** As JSON, which whoever follows the stack reads again and again. */
  readonly resourceProperties?: string
  readonly at: Date
  readonly token?: string
}

export interface StackOutput {
  readonly name: string
  readonly value: string
  readonly description?: string
  readonly exportName?: string
}

export interface ChangeSetState {
  readonly id: string
  readonly name: string
  readonly type: ChangeSetType
  readonly description?: string
  readonly createdAt: Date
  readonly definition: StackDefinition
  readonly capabilities: readonly Capability[]
  readonly changes: readonly Change[]
  /** It would change nothing, and ends as FAILED. */
  readonly empty: boolean
  status: ChangeSetStatus
  statusReason?: string
  executionStatus: ExecutionStatus
}

export interface StackState {
  readonly id: string
  readonly name: string
  status: StackStatus
  statusReason?: string
  readonly createdAt: Date
  updatedAt?: Date
  deletedAt?: Date
  definition: StackDefinition
  /** What the running update started from. */
  previous?: StackDefinition
  capabilities: readonly Capability[]
  outputs: readonly StackOutput[]
  /** Names of the exports that the stack's templates import. */
  imports: readonly string[]
  readonly resources: Record<string, StackResource>
  /** Physical resources that the running operation left behind and its cleanup deletes. */
  discarded: readonly PhysicalResource[]
  readonly events: StackEventState[]
  readonly changeSets: Record<string, ChangeSetState>
  disableRollback: boolean
  /** Its operation is over when everything is configured, ready or not. */
  express?: boolean
  onFailure: 'ROLLBACK' | 'DELETE' | 'DO_NOTHING'
  timeoutMinutes?: number
  terminationProtection: boolean
  readonly notificationArns: readonly string[]
  roleArn?: string
  /** Groups the events of one operation. */
  token?: string
  /** Resources that a delete leaves alone. */
  retain: readonly string[]
  /** The delete leaves alone what does not let itself be deleted. */
  forced?: boolean
  /** Where a delete that is refused goes back to. */
  undeleted?: StackStatus
}

export interface CloudFormationState {
  /** By id; a deleted stack stays for whoever asks by id. */
  readonly stacks: Record<string, StackState>
}

export const emptyCloudFormation = (): CloudFormationState => ({ stacks: {} })
