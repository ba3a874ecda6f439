import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import type { AutoScalingState, Group, Member } from './state.ts'

export const validationError = (message: string): AwsError => new AwsError('ValidationError', message)

export function findGroup({ groups }: AutoScalingState, name: string | undefined): Group {
  const group = groups[name ?? '']
  if (group) return group
  throw validationError(`AutoScalingGroup name not found - AutoScalingGroup '${name}' not found`)
}

export function findMember({ groups }: AutoScalingState, id: string | undefined): { group: Group; member: Member } {
  for (const group of Object.values(groups)) {
    const member = group.members.find(({ InstanceId }) => InstanceId === id)
    if (member) return { group, member }
  }
  throw validationError(`Instance Id not found - No managed instance found for instance ID ${id}`)
}

const PAGE = 50

/** One page in the way of Auto Scaling. */
export function listing<Item>(
  items: readonly Item[],
  {
    MaxRecords = PAGE,
    NextToken,
  }: { readonly MaxRecords?: number | undefined; readonly NextToken?: string | undefined },
): { readonly items: Item[]; readonly end: { readonly NextToken?: string } } {
  const { items: shown, next } = page(items, MaxRecords, NextToken)
  return { items: shown, end: { ...(next && { NextToken: next }) } }
}
