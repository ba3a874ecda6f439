// Prunes the AWS resource specification to the types that templates of img2vid can hold, as one JSON file.
// The reader is src/emulator/cloudformation/schema.ts; the shape is described there.
import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

const output = new URL('../generated/resource-schema.json', import.meta.url)

const families = [
  'ApplicationAutoScaling::',
  'AutoScaling::',
  'CertificateManager::Certificate$',
  'CloudFormation::(Stack|WaitCondition|WaitConditionHandle)$',
  'CloudWatch::(Alarm|CompositeAlarm|Dashboard)$',
  'DynamoDB::Table$',
  'EC2::(EIP|FlowLog|Instance|InternetGateway|LaunchTemplate|NatGateway|Route|RouteTable|SecurityGroup)$',
  'EC2::(SecurityGroupEgress|SecurityGroupIngress|Subnet|SubnetRouteTableAssociation|Volume|VPC|VPCEndpoint)$',
  'EC2::(NetworkAcl|NetworkAclEntry|SubnetNetworkAclAssociation|VPCGatewayAttachment)$',
  'ECR::',
  'ECS::',
  'EFS::',
  'ElasticLoadBalancingV2::',
  'Events::Rule$',
  'FSx::FileSystem$',
  'IAM::(InstanceProfile|ManagedPolicy|OIDCProvider|Policy|Role|ServiceLinkedRole)$',
  'KMS::(Alias|Key)$',
  'Lambda::(Function|Permission)$',
  'Logs::(LogGroup|LogStream|MetricFilter|SubscriptionFilter)$',
  'Route53::RecordSet$',
  'S3::(Bucket|BucketPolicy)$',
  'Scheduler::Schedule$',
  'SecretsManager::(RotationSchedule|Secret)$',
  'ServiceDiscovery::',
  'SNS::(Subscription|Topic|TopicPolicy)$',
  'SQS::(Queue|QueuePolicy)$',
  'SSM::Parameter$',
  'WAFv2::(LoggingConfiguration|WebACL|WebACLAssociation)$',
]
const wanted = new RegExp(`^AWS::(${families.join('|')})`)

/** Writes the file unless it is newer than this script and the specification. Returns its path. */
export async function writeResourceSchema() {
  const specification = createRequire(import.meta.url).resolve('@aws-cdk/aws-service-spec/package.json')
  const newest = Math.max(statSync(specification).mtimeMs, statSync(new URL(import.meta.url)).mtimeMs)
  if (existsSync(output) && statSync(output).mtimeMs > newest) return output

  const { loadAwsServiceSpecSync } = await import('@aws-cdk/aws-service-spec')
  const database = loadAwsServiceSpecSync()
  const type = (of) => {
    if (of.type === 'ref') return { ref: database.get('typeDefinition', of.reference.$ref).name }
    if (of.type === 'array' || of.type === 'map') return { [of.type]: type(of.element) }
    if (of.type === 'union') return { anyOf: of.types.map(type) }
    return of.allowedValues ? { type: of.type, enum: of.allowedValues } : { type: of.type }
  }
  const properties = (all) =>
    Object.fromEntries(
      Object.entries(all).map(([name, property]) => [
        name,
        {
          ...type(property.type),
          ...(property.required && { required: true }),
          ...(property.causesReplacement && { replaces: property.causesReplacement }),
        },
      ]),
    )
  const resources = {}
  for (const resource of database.all('resource')) {
    if (!wanted.test(resource.cloudFormationType)) continue
    const used = database.follow('usesType', resource).map(({ entity }) => [entity.name, properties(entity.properties)])
    resources[resource.cloudFormationType] = {
      properties: properties(resource.properties),
      types: Object.fromEntries(used),
      attributes: Object.keys(resource.attributes ?? {}),
      ...(resource.tagInformation && { tags: resource.tagInformation.tagPropertyName }),
    }
  }
  mkdirSync(new URL('.', output), { recursive: true })
  writeFileSync(output, JSON.stringify(resources))
  return output
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeResourceSchema()
