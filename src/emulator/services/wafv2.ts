import type * as Sdk from '@aws-sdk/client-wafv2'
import { AwsError } from '../errors.ts'
import { page } from '../page.ts'
import { type Tags, tagList, tagRecord } from '../tags.ts'
import type { Handlers } from '../wire/handlers.ts'
import { arn, type Call, type World } from '../world.ts'

type Rules = Pick<
  Sdk.CreateWebACLRequest,
  'Name' | 'Scope' | 'DefaultAction' | 'Description' | 'Rules' | 'VisibilityConfig'
>

interface WebAclState {
  readonly id: string
  readonly arn: string
  rules: Rules
  lockToken: string
  tags: Tags
}

/** Firewalls and what they stand before, by ARN. No request is held back by them. */
export interface WafState {
  readonly webAcls: Record<string, WebAclState>
  readonly associations: Record<string, string>
}

export const emptyWaf = (): WafState => ({ webAcls: {}, associations: {} })

const absent = (): never => {
  throw new AwsError(
    'WAFNonexistentItemException',
    'AWS WAF couldn’t perform the operation because your resource doesn’t exist.',
  )
}

export const wafv2 = (world: World) => {
  const wafOf = ({ region }: Call) => world.region(region).waf
  const byArn = (wanted: string | undefined, call: Call): WebAclState => wafOf(call).webAcls[wanted ?? ''] ?? absent()
  const find = ({ Id, ARN }: { Id?: string | undefined; ARN?: string | undefined }, call: Call): WebAclState =>
    Object.values(wafOf(call).webAcls).find((one) => one.arn === ARN || one.id === Id) ?? absent()
  const summary = ({ id, arn: ARN, rules, lockToken }: WebAclState): Sdk.WebACLSummary => ({
    ...{ Name: rules.Name, Id: id, Description: rules.Description, LockToken: lockToken, ARN },
  })
  const whole = ({ id, arn: ARN, rules: { Scope: _scope, ...rules } }: WebAclState): Sdk.WebACL => ({
    ...{ Id: id, ARN, ...rules, LabelNamespace: `awswaf:${world.account}:webacl:${rules.Name}:` },
  })
  return {
    CreateWebACL: ({ Tags, ...rules }, call) => {
      const { Name = '', Scope } = rules
      if (Object.values(wafOf(call).webAcls).some((one) => one.rules.Name === Name && one.rules.Scope === Scope)) {
        throw new AwsError('WAFDuplicateItemException', `A web ACL with the name ${Name} exists already.`)
      }
      const id = world.random.uuid()
      const ARN = arn(world, 'wafv2', call.region, `${Scope?.toLowerCase()}/webacl/${Name}/${id}`)
      const made = { id, arn: ARN, rules, lockToken: world.random.uuid(), tags: tagRecord(Tags) }
      wafOf(call).webAcls[ARN] = made
      return { Summary: summary(made) }
    },
    UpdateWebACL: ({ LockToken, Id, ...rules }, call) => {
      const found = find({ Id }, call)
      if (LockToken !== found.lockToken)
        throw new AwsError('WAFOptimisticLockException', 'The web ACL was changed meanwhile: take its new lock token.')
      found.rules = rules
      found.lockToken = world.random.uuid()
      return { NextLockToken: found.lockToken }
    },
    GetWebACL: (input, call) => {
      const found = find(input, call)
      return { WebACL: whole(found), LockToken: found.lockToken }
    },
    ListWebACLs: ({ Scope, Limit = 100, NextMarker }, call) => {
      const ofScope = Object.values(wafOf(call).webAcls).filter(({ rules }) => rules.Scope === Scope)
      const { items, next } = page(ofScope, Limit, NextMarker)
      return { WebACLs: items.map(summary), ...(next !== undefined && { NextMarker: next }) }
    },
    DeleteWebACL: ({ Id }, call) => {
      const { arn: ARN } = find({ Id }, call)
      if (Object.values(wafOf(call).associations).includes(ARN))
        throw new AwsError('WAFAssociatedItemException', 'The web ACL still stands before something.')
      delete wafOf(call).webAcls[ARN]
      return {}
    },
    AssociateWebACL: ({ WebACLArn, ResourceArn = '' }, call) => {
      wafOf(call).associations[ResourceArn] = byArn(WebACLArn, call).arn
      return {}
    },
    DisassociateWebACL: ({ ResourceArn = '' }, call) => {
      delete wafOf(call).associations[ResourceArn]
      return {}
    },
    GetWebACLForResource: ({ ResourceArn = '' }, call) => {
      const ARN = wafOf(call).associations[ResourceArn]
      return ARN === undefined ? {} : { WebACL: whole(byArn(ARN, call)) }
    },
    ListResourcesForWebACL: ({ WebACLArn }, call) => {
      const { arn: ARN } = byArn(WebACLArn, call)
      const { associations } = wafOf(call)
      return { ResourceArns: Object.keys(associations).filter((one) => associations[one] === ARN) }
    },
    ListTagsForResource: ({ ResourceARN }, call) => ({
      TagInfoForResource: { ResourceARN, TagList: tagList(byArn(ResourceARN, call).tags) },
    }),
  } satisfies Handlers<typeof Sdk>
}
