import type { Check } from '../manifest/checks/places.ts'
import { LOG_ROUTER, routersOf } from '../manifest/containers.ts'
import { texts } from '../manifest/fields.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { addPolicy, type Statement } from '../policies.ts'
import { type Json, readTemplate, subText } from '../template.ts'
import type { Container, Feature, ServiceInputs } from './feature.ts'
import { loggingOf, secretOptions } from './logging.ts'
import { sealing } from './security.ts'

const IMAGE = 'public.ecr.aws/aws-observability/aws-for-fluent-bit:stable'
const MEMORY = 64
// biome-ignore lint/suspicious/noTemplateCurlyInString: it is CloudFormation's
const REGION = '${AWS::Region}'

const outputOf = (settings: Pick<ManifestService, 'logging'>): string =>
  String(loggingOf(settings).destination?.Name ?? '').toLowerCase()

const isRouted = (settings: Pick<ManifestService, 'logging'>): boolean => loggingOf(settings).destination !== undefined

/** What makes no sense without Fluent Bit. */
const withoutRouter: Check = (settings) =>
  isRouted(settings)
    ? []
    : (['image', 'enableMetadata', 'configFilePath', 'variables', 'env_file', 'secrets'] as const).flatMap((key) =>
        loggingOf(settings)[key] === undefined
          ? []
          : [
              {
                at: ['logging', key],
                because: ['logging', 'destination'],
                message: 'is for Fluent Bit; add destination: where it sends the logs',
              },
            ],
      )

const outputs: Check = (settings) => {
  const { destination } = loggingOf(settings)
  return destination && !('Name' in destination)
    ? [
        {
          at: ['logging', 'destination'],
          message: 'needs Name: an output of Fluent Bit, such as cloudwatch or firehose',
        },
      ]
    : []
}

/** What goes to S3 is first put together in files. */
const collectsFiles = (settings: ManifestService): boolean => outputOf(settings) === 's3'

/** Fluent Bit beside the others, whose own words go to CloudWatch. */
function router({ service: { settings }, texts: templates }: Omit<ServiceInputs, 'containers'>): Container[] {
  const [told] = routersOf(settings)
  if (!told) return []
  const { image = IMAGE, enableMetadata = true, configFilePath } = loggingOf(settings)
  const [own = {}] = (readTemplate(templates.service).Resources.TaskDefinition?.Properties?.ContainerDefinitions ??
    []) as Json[]
  const definition = {
    Name: told.name,
    Image: image,
    Essential: true,
    MemoryReservation: MEMORY,
    FirelensConfiguration: {
      Type: 'fluentbit',
      Options: {
        'enable-ecs-log-metadata': String(enableMetadata),
        ...(configFilePath !== undefined && { 'config-file-type': 'file', 'config-file-value': configFilePath }),
      },
    },
    LogConfiguration: own.LogConfiguration,
    ...sealing(collectsFiles(settings) ? { ...settings, storage: {} } : settings),
  }
  return [{ ...told, definition }]
}

/** What the outputs for AWS's own services need, each for what the manifest names. */
function statements(settings: Pick<ManifestService, 'logging'>): Statement[] {
  const options = texts(loggingOf(settings).destination)
  const option = (name: string) => options[name] ?? ''
  const arn = (service: string, resource: string) =>
    subText(`arn:\${AWS::Partition}:${service}:${option('region') || REGION}:\${AWS::AccountId}:${resource}`)
  switch (outputOf(settings)) {
    case 'cloudwatch':
    case 'cloudwatch_logs': {
      const group = option('log_group_name')
      const creates = option('auto_create_group').toLowerCase() === 'true' ? ['logs:CreateLogGroup'] : []
      const Action = [...creates, 'logs:CreateLogStream', 'logs:DescribeLogStreams', 'logs:PutLogEvents']
      return [
        { Effect: 'Allow', Action, Resource: [arn('logs', `log-group:${group}`), arn('logs', `log-group:${group}:*`)] },
      ]
    }
    case 'firehose':
    case 'kinesis_firehose':
      return [
        {
          Effect: 'Allow',
          Action: ['firehose:PutRecordBatch'],
          Resource: arn('firehose', `deliverystream/${option('delivery_stream')}`),
        },
      ]
    case 'kinesis':
    case 'kinesis_streams':
      return [
        { Effect: 'Allow', Action: ['kinesis:PutRecords'], Resource: arn('kinesis', `stream/${option('stream')}`) },
      ]
    case 's3':
      return [
        {
          Effect: 'Allow',
          Action: ['s3:PutObject'],
          Resource: subText(`arn:\${AWS::Partition}:s3:::${option('bucket')}/*`),
        },
      ]
    default:
      return []
  }
}

export const firelens: Feature = {
  checks: [withoutRouter, outputs],
  containers: router,
  container: (_settings, { name }, { service: { settings } }) =>
    isRouted(settings) && name !== LOG_ROUTER
      ? {
          LogConfiguration: {
            LogDriver: 'awsfirelens',
            Options: texts(loggingOf(settings).destination),
            ...secretOptions(settings),
          },
        }
      : {},
  service: (template, { service: { settings } }) =>
    isRouted(settings) ? addPolicy(template, 'TaskRole', 'log-router', statements(settings)) : template,
}
