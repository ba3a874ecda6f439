import type { CreateWebACLRequest } from '@aws-sdk/client-wafv2'
import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

const ABSENT = ['WAFNonexistentItemException']

/** A web ACL is referred to by its name, its id and its scope. */
const partsOf = (reference: string) => {
  const [Name = '', Id = '', Scope = 'REGIONAL'] = reference.split('|')
  return { Name, Id, Scope: Scope as CreateWebACLRequest['Scope'] }
}

const described = (id: string, { world, call }: ResourceContext) => world.services.wafv2.GetWebACL(partsOf(id), call)

const webAcl = resource<CreateWebACLRequest>({
  // No request is held back here.
  stored: (properties) => Object.keys(properties),
  create(properties, context) {
    const { world, call } = context
    const named = { ...properties, Name: properties.Name ?? context.name(), Tags: context.tags(properties.Tags) }
    const { Summary } = world.services.wafv2.CreateWebACL(named, call)
    return `${named.Name}|${Summary.Id}|${named.Scope}`
  },
  update(id, properties, _before, context) {
    const { LockToken } = described(id, context)
    context.world.services.wafv2.UpdateWebACL({ ...properties, ...partsOf(id), LockToken }, context.call)
  },
  delete: (id, _properties, context) =>
    ignoringAbsent(ABSENT, () => {
      const { LockToken } = described(id, context)
      context.world.services.wafv2.DeleteWebACL({ ...partsOf(id), LockToken }, context.call)
    }),
  attributes(id, context) {
    const { Id, ARN, LabelNamespace } = described(id, context).WebACL
    return { Id, Arn: ARN, LabelNamespace, Capacity: 0 }
  },
})

interface AssociationProperties {
  readonly ResourceArn: string
  readonly WebACLArn: string
}

const association = resource<AssociationProperties>({
  create({ ResourceArn, WebACLArn }, { world, call }) {
    world.services.wafv2.AssociateWebACL({ ResourceArn, WebACLArn }, call)
    return `${WebACLArn}|${ResourceArn}`
  },
  delete(_id, { ResourceArn }, { world, call }) {
    world.services.wafv2.DisassociateWebACL({ ResourceArn }, call)
  },
})

export const wafv2Resources = { 'AWS::WAFv2::WebACL': webAcl, 'AWS::WAFv2::WebACLAssociation': association }
