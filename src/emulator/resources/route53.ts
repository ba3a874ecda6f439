import { AwsError } from '../errors.ts'
import { type ResourceContext, resource } from './resource.ts'

interface RecordProperties {
  readonly Name: string
  readonly Type: string
  readonly HostedZoneId?: string
  readonly HostedZoneName?: string
  readonly SetIdentifier?: string
}

/** Hosted zones are not kept: each is taken to be there. One that is named by id and by domain counts as two. */
const keyOf = ({ Name, Type, HostedZoneId, HostedZoneName, SetIdentifier }: RecordProperties): string =>
  JSON.stringify([full(Name), Type, HostedZoneId ?? full(HostedZoneName ?? ''), SetIdentifier])

const full = (name: string): string => name.toLowerCase().replace(/\.?$/, '.')

/** Route 53 is one for all regions. */
const others = ({ world, stack: { id }, logicalId }: ResourceContext) =>
  Object.values(world.state.regions)
    .flatMap(({ cloudformation }) => Object.values(cloudformation.stacks))
    .filter(({ status }) => status !== 'DELETE_COMPLETE')
    .flatMap((stack) => Object.entries(stack.resources).filter(([name]) => stack.id !== id || name !== logicalId))
    .flatMap(([, { type, physicalId, properties }]) =>
      type === 'AWS::Route53::RecordSet' && physicalId !== undefined ? [properties as unknown as RecordProperties] : [],
    )

/** Nobody is answered by DNS here, but there is one record of a name. */
const recordSet = resource<RecordProperties>({
  seconds: 30,
  stored: ['AliasTarget', 'ResourceRecords'],
  create(properties, context) {
    const { Name, Type } = properties
    if (others(context).some((one) => keyOf(one) === keyOf(properties))) {
      const text = `[Tried to create resource record set [name='${full(Name)}', type='${Type}'] but it already exists]`
      throw new AwsError('InvalidChangeBatch', text)
    }
    return Name
  },
  update: () => {},
  delete: () => {},
})

export const route53Resources = { 'AWS::Route53::RecordSet': recordSet }
