import { isGroup } from './manifest/groups.ts'

/** What another stack of the account and region exports, as Copilot names it. */
export interface Exported {
  readonly from_cfn: string
}

export const isExported = (value: unknown): value is Exported => isGroup(value) && 'from_cfn' in value

/** The value that the other stack exports; anything else as it is. */
export const imported = (value: unknown): unknown => (isExported(value) ? { 'Fn::ImportValue': value.from_cfn } : value)
