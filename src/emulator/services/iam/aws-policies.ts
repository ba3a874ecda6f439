/** Managed policies of AWS that containers and their machines use: whatever else is asked for does not exist. */
const names = [
  'AdministratorAccess',
  'AmazonBedrockFullAccess',
  'AmazonDynamoDBFullAccess',
  'AmazonDynamoDBReadOnlyAccess',
  'AmazonEC2ContainerRegistryFullAccess',
  'AmazonEC2ContainerRegistryPowerUser',
  'AmazonEC2ContainerRegistryPullOnly',
  'AmazonEC2ContainerRegistryReadOnly',
  'AmazonECSInfrastructureRolePolicyForLoadBalancers',
  'AmazonECSInfrastructureRolePolicyForManagedInstances',
  'AmazonECSInstanceRolePolicyForManagedInstances',
  'AmazonECS_FullAccess',
  'AmazonElasticFileSystemClientFullAccess',
  'AmazonElasticFileSystemClientReadOnlyAccess',
  'AmazonElasticFileSystemClientReadWriteAccess',
  'AmazonElasticFileSystemsUtils',
  'AmazonS3FullAccess',
  'AmazonS3ReadOnlyAccess',
  'AmazonSNSFullAccess',
  'AmazonSQSFullAccess',
  'AmazonSSMManagedEC2InstanceDefaultPolicy',
  'AmazonSSMManagedInstanceCore',
  'AmazonSSMReadOnlyAccess',
  'AWSXRayDaemonWriteAccess',
  'CloudWatchAgentServerPolicy',
  'CloudWatchFullAccess',
  'CloudWatchLogsFullAccess',
  'PowerUserAccess',
  'ReadOnlyAccess',
  'SecretsManagerReadWrite',
  'service-role/AmazonEC2ContainerServiceAutoscaleRole',
  'service-role/AmazonEC2ContainerServiceEventsRole',
  'service-role/AmazonEC2ContainerServiceRole',
  'service-role/AmazonEC2ContainerServiceforEC2Role',
  'service-role/AmazonECSInfrastructureRolePolicyForServiceConnectTransportLayerSecurity',
  'service-role/AmazonECSInfrastructureRolePolicyForVolumes',
  'service-role/AmazonECSInfrastructureRoleforExpressGatewayServices',
  'service-role/AmazonECSTaskExecutionRolePolicy',
  'service-role/AWSLambdaBasicExecutionRole',
  'service-role/AWSLambdaVPCAccessExecutionRole',
]

export interface AwsPolicy {
  readonly arn: string
  readonly name: string
  readonly path: string
}

const policies: readonly AwsPolicy[] = names.map((fullName) => {
  const name = fullName.split('/').at(-1) ?? ''
  return { arn: `arn:aws:iam::aws:policy/${fullName}`, name, path: `/${fullName.slice(0, -name.length)}` }
})

export const awsPolicies = (): readonly AwsPolicy[] => policies

export const findAwsPolicy = (arn: string): AwsPolicy | undefined => policies.find((policy) => policy.arn === arn)
