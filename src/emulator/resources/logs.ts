import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

interface LogGroupProperties {
  readonly LogGroupName?: string
  readonly RetentionInDays?: number
  readonly KmsKeyId?: string
  readonly Tags?: unknown
}

const logGroup = resource<LogGroupProperties>({
  // Nothing is encrypted here.
  stored: ['KmsKeyId'],
  create({ LogGroupName, Tags, ...settings }, context) {
    const logGroupName = LogGroupName ?? context.name(512)
    const tags = Object.fromEntries(context.tags(Tags).map(({ Key, Value }) => [Key, Value]))
    context.world.services.logs.CreateLogGroup({ logGroupName, tags }, context.call)
    configure(logGroupName, settings, context)
    return logGroupName
  },
  update: (id, properties, _before, context) => configure(id, properties, context),
  delete: (id, _properties, { world, call }) =>
    ignoringAbsent(['ResourceNotFoundException'], () => world.services.logs.DeleteLogGroup({ logGroupName: id }, call)),
  attributes: (id, { world, call }) => ({
    Arn: `arn:aws:logs:${call.region}:${world.account}:log-group:${id}:*`,
  }),
})

function configure(
  logGroupName: string,
  { RetentionInDays: retentionInDays, KmsKeyId: kmsKeyId }: LogGroupProperties,
  { world, call }: ResourceContext,
): void {
  const { logs } = world.services
  if (retentionInDays === undefined) logs.DeleteRetentionPolicy({ logGroupName }, call)
  else logs.PutRetentionPolicy({ logGroupName, retentionInDays }, call)
  if (kmsKeyId === undefined) logs.DisassociateKmsKey({ logGroupName }, call)
  else logs.AssociateKmsKey({ logGroupName, kmsKeyId }, call)
}

export const logsResources = { 'AWS::Logs::LogGroup': logGroup }
