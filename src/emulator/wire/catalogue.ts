export type ProtocolName = 'awsJson1_0' | 'awsJson1_1' | 'awsQuery' | 'ec2Query' | 'restJson1' | 'restXml' | 'rpcV2Cbor'

/** The wire protocol of a service and where its schemas come from. */
export interface WireService {
  readonly protocol: ProtocolName
  /** What clients that are older or newer than the SDK speak to it, when they say so. */
  readonly also?: readonly ProtocolName[]
  /** The XML namespace of its answers; JSON answers have none. */
  readonly namespace?: string
  /** A member that stands in front of the path, or of the host's name, though no path of the schema says so. */
  readonly inFront?: string
  /** Imported on the first request: all clients together cost a second and 115 MB. */
  readonly sdk: () => Promise<object>
}

/** By signing name, which every request carries in its credential scope. */
export const catalogue = {
  sts: {
    protocol: 'awsQuery',
    namespace: 'https://sts.amazonaws.com/doc/2011-06-15/',
    sdk: () => import('@aws-sdk/client-sts'),
  },
  iam: {
    protocol: 'awsQuery',
    namespace: 'https://iam.amazonaws.com/doc/2010-05-08/',
    sdk: () => import('@aws-sdk/client-iam'),
  },
  ec2: {
    protocol: 'ec2Query',
    namespace: 'http://ec2.amazonaws.com/doc/2016-11-15/',
    sdk: () => import('@aws-sdk/client-ec2'),
  },
  autoscaling: {
    protocol: 'awsQuery',
    namespace: 'http://autoscaling.amazonaws.com/doc/2011-01-01/',
    sdk: () => import('@aws-sdk/client-auto-scaling'),
  },
  elasticloadbalancing: {
    protocol: 'awsQuery',
    namespace: 'http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/',
    sdk: () => import('@aws-sdk/client-elastic-load-balancing-v2'),
  },
  cloudformation: {
    protocol: 'awsQuery',
    namespace: 'http://cloudformation.amazonaws.com/doc/2010-05-15/',
    sdk: () => import('@aws-sdk/client-cloudformation'),
  },
  acm: { protocol: 'awsJson1_1', sdk: () => import('@aws-sdk/client-acm') },
  'application-autoscaling': {
    protocol: 'awsJson1_1',
    sdk: () => import('@aws-sdk/client-application-auto-scaling'),
  },
  cloudcontrolapi: { protocol: 'awsJson1_0', sdk: () => import('@aws-sdk/client-cloudcontrol') },
  ecr: { protocol: 'awsJson1_1', sdk: () => import('@aws-sdk/client-ecr') },
  ecs: { protocol: 'awsJson1_1', sdk: () => import('@aws-sdk/client-ecs') },
  elasticfilesystem: { protocol: 'restJson1', sdk: () => import('@aws-sdk/client-efs') },
  kms: { protocol: 'awsJson1_1', sdk: () => import('@aws-sdk/client-kms') },
  logs: { protocol: 'awsJson1_1', sdk: () => import('@aws-sdk/client-cloudwatch-logs') },
  s3: {
    protocol: 'restXml',
    namespace: 'http://s3.amazonaws.com/doc/2006-03-01/',
    inFront: 'Bucket',
    sdk: () => import('@aws-sdk/client-s3'),
  },
  monitoring: {
    protocol: 'awsJson1_0',
    also: ['awsQuery', 'rpcV2Cbor'],
    namespace: 'http://monitoring.amazonaws.com/doc/2010-08-01/',
    sdk: () => import('@aws-sdk/client-cloudwatch'),
  },
  secretsmanager: { protocol: 'awsJson1_1', sdk: () => import('@aws-sdk/client-secrets-manager') },
  servicediscovery: { protocol: 'awsJson1_1', sdk: () => import('@aws-sdk/client-servicediscovery') },
  servicequotas: { protocol: 'awsJson1_1', sdk: () => import('@aws-sdk/client-service-quotas') },
  sqs: { protocol: 'awsJson1_0', sdk: () => import('@aws-sdk/client-sqs') },
  wafv2: { protocol: 'awsJson1_1', sdk: () => import('@aws-sdk/client-wafv2') },
  ssm: { protocol: 'awsJson1_1', sdk: () => import('@aws-sdk/client-ssm') },
} as const satisfies Record<string, WireService>

export type ServiceName = keyof typeof catalogue
