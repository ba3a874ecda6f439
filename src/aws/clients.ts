import { type Connection, lazyClient } from './lazy-client.ts'
import type { Limit } from './rate-limiter.ts'

const isRead = (operation: string): boolean => /^(Describe|List|Get)/.test(operation)

/**
 * CloudFormation publishes no rate: five reads a second of each kind are what deployers observe, fewer writes are
 * assumed. A little less than that at once, for calls come closer together than they were sent.
 */
const cloudformation = (operation: string): Limit =>
  isRead(operation)
    ? { bucket: operation, rate: { burst: 8, perSecond: 5 } }
    : { bucket: 'writes', rate: { burst: 4, perSecond: 1 } }

/** "Request throttling for the Elastic Load Balancing API". */
const loadBalancing = (operation: string): Limit =>
  isRead(operation)
    ? { bucket: 'reads', rate: { burst: 40, perSecond: 10 } }
    : { bucket: 'writes', rate: { burst: 20, perSecond: 3 } }

/** Read actions of ECS and EC2 by their own pages on throttling; others publish nothing smaller. */
const usual = (operation: string): Limit => ({ bucket: operation, rate: { burst: 45, perSecond: 20 } })

/** The embedded AWS lives faster, and nobody else asks it. */
const local = (): Limit => ({ bucket: 'all', rate: { burst: 200, perSecond: 200 } })

export type Clients = ReturnType<typeof createClients>

/** A client for each service of AWS, made when it is first needed. */
export function createClients(connection: Connection) {
  const isLocal = connection.settings.endpoint !== undefined
  const client = <Client extends object>(load: Parameters<typeof lazyClient<Client>>[2], limitOf = usual) =>
    lazyClient(connection, isLocal ? local : limitOf, load)
  return {
    acm: client(async () => (await import('@aws-sdk/client-acm')).ACMClient),
    autoscaling: client(async () => (await import('@aws-sdk/client-auto-scaling')).AutoScalingClient),
    cloudformation: client(
      async () => (await import('@aws-sdk/client-cloudformation')).CloudFormationClient,
      cloudformation,
    ),
    cloudwatch: client(async () => (await import('@aws-sdk/client-cloudwatch')).CloudWatchClient),
    ec2: client(async () => (await import('@aws-sdk/client-ec2')).EC2Client),
    ecr: client(async () => (await import('@aws-sdk/client-ecr')).ECRClient),
    ecs: client(async () => (await import('@aws-sdk/client-ecs')).ECSClient),
    efs: client(async () => (await import('@aws-sdk/client-efs')).EFSClient),
    elb: client(
      async () => (await import('@aws-sdk/client-elastic-load-balancing-v2')).ElasticLoadBalancingV2Client,
      loadBalancing,
    ),
    iam: client(async () => (await import('@aws-sdk/client-iam')).IAMClient),
    logs: client(async () => (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient),
    quotas: client(async () => (await import('@aws-sdk/client-service-quotas')).ServiceQuotasClient),
    s3: client(async () => (await import('@aws-sdk/client-s3')).S3Client),
    secrets: client(async () => (await import('@aws-sdk/client-secrets-manager')).SecretsManagerClient),
    ssm: client(async () => (await import('@aws-sdk/client-ssm')).SSMClient),
    sts: client(async () => (await import('@aws-sdk/client-sts')).STSClient),
  }
}
