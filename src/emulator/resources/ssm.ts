import { tagChanges } from '../tags.ts'
import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

interface ParameterProperties {
  readonly Name?: string
  readonly Type: 'String' | 'StringList'
  readonly Value: string
  readonly Description?: string
  readonly AllowedPattern?: string
  readonly Tier?: 'Standard' | 'Advanced' | 'Intelligent-Tiering'
  readonly DataType?: string
  readonly Policies?: string
  readonly Tags?: Readonly<Record<string, string>>
}

/** Unlike other types' tags, these come as a map. */
const tagsOf = ({ Tags = {} }: ParameterProperties, context: ResourceContext) =>
  context.tags(Object.entries(Tags).map(([Key, Value]) => ({ Key, Value })))

const parameter = resource<ParameterProperties>({
  create(properties, context) {
    const { world, call } = context
    const Name = properties.Name ?? `CFN-${context.logicalId}-${world.random.suffix(12)}`
    world.services.ssm.PutParameter({ ...properties, Name, Tags: tagsOf(properties, context) }, call)
    return Name
  },
  update(Name, properties, _before, context) {
    const { call } = context
    const { ssm } = context.world.services
    const { Tags: _tags, ...values } = properties
    ssm.PutParameter({ ...values, Name, Overwrite: true }, call)
    const identity = { ResourceType: 'Parameter', ResourceId: Name } as const
    const { set, remove } = tagChanges(ssm.ListTagsForResource(identity, call).TagList, tagsOf(properties, context))
    ssm.AddTagsToResource({ ...identity, Tags: set }, call)
    ssm.RemoveTagsFromResource({ ...identity, TagKeys: remove }, call)
  },
  delete: (Name, _properties, { world, call }) =>
    ignoringAbsent(['ParameterNotFound'], () => world.services.ssm.DeleteParameter({ Name }, call)),
  attributes(Name, { world, call }) {
    const { Type, Value, ARN } = world.services.ssm.GetParameter({ Name }, call).Parameter
    return { Type, Value, Arn: ARN }
  },
})

export const ssmResources = { 'AWS::SSM::Parameter': parameter }
