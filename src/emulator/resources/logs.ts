import { ignoringAbsent, type ResourceContext, resource } from './resource.ts'

interface LogGroupProperties {
  readonly LogGroupName?: string
  readonly RetentionInDays?: number
  readonly Tags?: unknown
}

const logGroup = resource<LogGroupProperties>({
  create({ LogGroupName, RetentionInDays, Tags }, context) {
    const logGroupName = LogGroupName ?? context.name(512)
    const tags = Object.fromEntries(context.tags(Tags).map(({ Key, Value }) => [Key, Value]))
    context.world.services.logs.CreateLogGroup({ logGroupName, tags }, context.call)
    setRetention(logGroupName, RetentionInDays, context)
    return logGroupName
  },
  update(id, { RetentionInDays }, _before, context) {
    setRetention(id, RetentionInDays, context)
  },
  delete: (id, _properties, { world, call }) =>
    ignoringAbsent(['ResourceNotFoundException'], () => world.services.logs.DeleteLogGroup({ logGroupName: id }, call)),
  attributes: (id, { world, call }) => ({
    Arn: `arn:aws:logs:${call.region}:${world.account}:log-group:${id}:*`,
  }),
})

function setRetention(
  logGroupName: string,
  retentionInDays: number | undefined,
  { world, call }: ResourceContext,
): void {
  if (retentionInDays === undefined) world.services.logs.DeleteRetentionPolicy({ logGroupName }, call)
  else world.services.logs.PutRetentionPolicy({ logGroupName, retentionInDays }, call)
}

export const logsResources = { 'AWS::Logs::LogGroup': logGroup }
