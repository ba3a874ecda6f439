import type { Stack } from './stacks/stack.ts'
import { DIGEST_OUTPUT } from './stacks/stack.ts'

/** What a stack is, as far as decisions need it. */
export interface StackState {
  readonly status: string
  readonly outputs: Readonly<Record<string, string>>
  readonly parameters: Readonly<Record<string, string>>
}

export type StackAction =
  /** It is as it should be. */
  | 'none'
  | 'create'
  | 'update'
  /** A create of it failed: nothing of it works, and AWS only lets it be deleted. */
  | 'replace'
  /** Something goes on with it. */
  | 'busy'
  /** A rollback of it failed, and has to be continued first. */
  | 'stuck'

const DEAD = /^(ROLLBACK_COMPLETE|ROLLBACK_FAILED|CREATE_FAILED|DELETE_FAILED|REVIEW_IN_PROGRESS)$/

/** What has to be done to have a stack as it should be. */
export function actionFor(wanted: Stack, existing: StackState | undefined): StackAction {
  if (!existing || existing.status === 'DELETE_COMPLETE') return 'create'
  if (DEAD.test(existing.status)) return 'replace'
  if (existing.status.endsWith('_IN_PROGRESS')) return 'busy'
  if (existing.status === 'UPDATE_ROLLBACK_FAILED') return 'stuck'
  return isSame(wanted, existing) && !existing.status.endsWith('_FAILED') ? 'none' : 'update'
}

/** The template says with an output of its own which one it is; parameters are compared as they are. */
export const isSame = (wanted: Stack, existing: StackState): boolean =>
  hasSameTemplate(wanted, existing) &&
  Object.entries(wanted.parameters).every(([name, value]) => existing.parameters[name] === value)

/** Whether it has to be made, or made again in the place of what a failed create left. */
export const isFresh = (wanted: Stack, existing: StackState | undefined): boolean =>
  ['create', 'replace'].includes(actionFor(wanted, existing))

export const hasSameTemplate = (wanted: Stack, { outputs }: Pick<StackState, 'outputs'>): boolean =>
  outputs[DIGEST_OUTPUT] === wanted.digest
