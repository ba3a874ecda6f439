import { type Connection, lazyClient } from './lazy-client.ts'
import type { Rate } from './rate-limiter.ts'

/** CloudFormation publishes no rate: five reads a second and account are what deployers observe. */
const CLOUDFORMATION: Rate = { burst: 10, perSecond: 5 }
/** Describe actions of the load balancers ("Request throttling for the Elastic Load Balancing API"). */
const LOAD_BALANCING: Rate = { burst: 40, perSecond: 10 }
/** Read actions of ECS and EC2 by their own pages on throttling; others publish nothing smaller. */
const USUAL: Rate = { burst: 50, perSecond: 20 }
/** The embedded AWS lives faster, and nobody else asks it. */
const LOCAL: Rate = { burst: 200, perSecond: 200 }

export type Clients = ReturnType<typeof createClients>

/** A client for each service of AWS, made when it is first needed. */
export function createClients(connection: Connection) {
  const rate = (usual: Rate) => (connection.settings.endpoint === undefined ? usual : LOCAL)
  const client = <Client extends object>(load: Parameters<typeof lazyClient<Client>>[2], usual = USUAL) =>
    lazyClient(connection, rate(usual), load)
  return {
    acm: client(async () => (await import('@aws-sdk/client-acm')).ACMClient),
    autoscaling: client(async () => (await import('@aws-sdk/client-auto-scaling')).AutoScalingClient),
    cloudformation: client(
      async () => (await import('@aws-sdk/client-cloudformation')).CloudFormationClient,
      CLOUDFORMATION,
    ),
    ec2: client(async () => (await import('@aws-sdk/client-ec2')).EC2Client),
    ecr: client(async () => (await import('@aws-sdk/client-ecr')).ECRClient),
    ecs: client(async () => (await import('@aws-sdk/client-ecs')).ECSClient),
    elb: client(
      async () => (await import('@aws-sdk/client-elastic-load-balancing-v2')).ElasticLoadBalancingV2Client,
      LOAD_BALANCING,
    ),
    iam: client(async () => (await import('@aws-sdk/client-iam')).IAMClient),
    logs: client(async () => (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient),
    quotas: client(async () => (await import('@aws-sdk/client-service-quotas')).ServiceQuotasClient),
    secrets: client(async () => (await import('@aws-sdk/client-secrets-manager')).SecretsManagerClient),
    ssm: client(async () => (await import('@aws-sdk/client-ssm')).SSMClient),
    sts: client(async () => (await import('@aws-sdk/client-sts')).STSClient),
  }
}
