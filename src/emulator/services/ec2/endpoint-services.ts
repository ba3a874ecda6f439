import { createHash } from 'node:crypto'

/** Served by routes to a prefix list. */
const GATEWAY_SERVICES = ['s3', 'dynamodb']

const INTERFACE_SERVICES = [
  'autoscaling',
  'cloudformation',
  'ec2',
  'ec2messages',
  'ecr.api',
  'ecr.dkr',
  'ecs',
  'ecs-agent',
  'ecs-telemetry',
  'elasticfilesystem',
  'elasticloadbalancing',
  'events',
  'guardduty-data',
  'kms',
  'lambda',
  'logs',
  'monitoring',
  's3',
  'secretsmanager',
  'servicediscovery',
  'sns',
  'sqs',
  'ssm',
  'ssmmessages',
  'sts',
  'xray',
]

export interface EndpointService {
  readonly type: 'Gateway' | 'Interface'
  /** The service's name inside a region, such as `ecr.dkr`. */
  readonly service: string
  readonly name: string
}

/** What VPC endpoints can lead to. S3 has both types. */
export const endpointServices = (region: string): EndpointService[] =>
  [
    ...GATEWAY_SERVICES.map((service) => ({ type: 'Gateway' as const, service })),
    ...INTERFACE_SERVICES.map((service) => ({ type: 'Interface' as const, service })),
  ].map(({ type, service }) => ({ type, service, name: `com.amazonaws.${region}.${service}` }))

/** The domain that private DNS turns to a service's interface endpoint. */
export const privateDomain = (region: string, service: string): string =>
  `${service.split('.').reverse().join('.')}.${region}.amazonaws.com`

/** The list of the networks of a service that has gateway endpoints. */
export const prefixListId = (region: string, serviceName: string): string =>
  `pl-${createHash('sha256').update(`${region}/${serviceName}`).digest('hex').slice(0, 8)}`
