import type { Alarm } from '../plan/forecast/alarms.ts'
import type { BalancerFacts, ImageFacts, QuotaUse, Subnet, VcpuBucket } from '../plan/forecast/facts.ts'

/** What can be known of an account before anything is changed in it. Whoever may not ask gets a UserError. */
export interface Lookups {
  /** When credentials end that nothing renews. */
  credentialsUntil(): Promise<Date | undefined>
  /** vCPUs of instances on demand. */
  vcpus(bucket: VcpuBucket): Promise<QuotaUse>
  vpcs(): Promise<QuotaUse>
  loadBalancers(): Promise<QuotaUse>
  /** Availability Zones of the region, by name. */
  zones(): Promise<readonly string[]>
  /** Where the instance types are offered. */
  offerings(types: readonly string[]): Promise<readonly { readonly type: string; readonly zone: string }[]>
  /** Those that exist. */
  subnets(ids: readonly string[]): Promise<readonly Subnet[]>
  /** The default VPC of the region with a default subnet of each zone. */
  defaultVpc(): Promise<{ readonly id: string; readonly subnets: readonly string[] } | undefined>
  /** Services of AWS that a VPC reaches without the internet, such as `ecr.api`. */
  endpoints(vpc: string): Promise<readonly string[]>
  /** Those of the SSM parameters, by name or ARN, that do not exist. */
  missingParameters(names: readonly string[]): Promise<readonly string[]>
  /** A secret of Secrets Manager, by name or ARN. */
  secret(id: string): Promise<'there' | 'deleted' | 'missing'>
  /** A certificate's status; undefined when there is none in the region. */
  certificate(arn: string): Promise<string | undefined>
  /** An image in a private ECR; undefined when it is not there. */
  image(location: string): Promise<ImageFacts | undefined>
  role(name: string): Promise<boolean>
  /** Whether a managed policy is there. */
  policy(arn: string): Promise<boolean>
  /** By its name or ARN. */
  loadBalancer(named: string): Promise<BalancerFacts | undefined>
  /** Priorities of a listener's rules. */
  priorities(listener: string): Promise<readonly number[]>
  /** Those that exist. */
  securityGroups(ids: readonly string[]): Promise<readonly { readonly id: string; readonly vpc: string }[]>
  /** Names of the services for which a VPC may have an endpoint. */
  endpointServices(): Promise<readonly string[]>
  /** The VPCs from which a file system is reached; undefined when there is none. */
  fileSystem(id: string): Promise<readonly string[] | undefined>
  /** Those that exist. */
  alarms(names: readonly string[]): Promise<readonly Alarm[]>
  /** Names of what the region's stacks export. */
  exports(): Promise<readonly string[]>
  /** Whether a bucket is there, or an object in it. */
  stored(bucket: string, key?: string): Promise<boolean>
}
