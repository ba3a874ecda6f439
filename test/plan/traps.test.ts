import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Fields } from '../../src/emulator/cloudformation/template.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'
import { prove } from '../support/proof.ts'
import { RICH } from '../support/rich-manifest.ts'

const golden = (name: string) => readFileSync(new URL(`golden/${name}/manifest.yaml`, import.meta.url), 'utf8')
const { resources } = prove(
  [environmentOf(RICH, 'prod'), environmentOf(golden('site')), environmentOf(golden('guests'))].flatMap(stacksOf),
)

function all(type: string): Fields[] {
  const found = resources.filter((resource) => resource.type === type)
  expect(found.length).toBeGreaterThan(0)
  return found.map(({ properties }) => properties)
}
const attributesOf = (attributes: unknown): Fields =>
  Object.fromEntries((attributes as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]))

describe('what templates for ECS often get wrong', () => {
  test('a load balancer that cuts a silent websocket, or takes headers that are none', () => {
    for (const { LoadBalancerAttributes } of all('AWS::ElasticLoadBalancingV2::LoadBalancer')) {
      expect(attributesOf(LoadBalancerAttributes)).toEqual({
        'idle_timeout.timeout_seconds': '3600',
        'routing.http.drop_invalid_header_fields.enabled': 'true',
      })
    }
  })

  test('the TLS versions of 2016, which CloudFormation chooses when nothing is said', () => {
    const secure = all('AWS::ElasticLoadBalancingV2::Listener').filter(({ Protocol }) => Protocol === 'HTTPS')
    expect(secure.map(({ SslPolicy }) => SslPolicy)).toEqual(
      Array.from({ length: 2 }, () => 'ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09'),
    )
  })

  test('minutes until a target counts as healthy, and minutes until an old one is gone', () => {
    for (const group of all('AWS::ElasticLoadBalancingV2::TargetGroup')) {
      const { 'deregistration_delay.timeout_seconds': drain } = attributesOf(group.TargetGroupAttributes)
      const untilHealthy = Number(group.HealthCheckIntervalSeconds) * Number(group.HealthyThresholdCount)
      expect([untilHealthy <= 20, Number(drain) <= 30]).toEqual([true, true])
    }
  })

  test('a target group with a name, which cannot be replaced, or one that asks at a port of its own', () => {
    for (const { Name, HealthCheckPort } of all('AWS::ElasticLoadBalancingV2::TargetGroup')) {
      expect([Name, HealthCheckPort]).toEqual([undefined, 'traffic-port'])
    }
  })

  test('no circuit breaker, no time to start, and tags that end at the service', () => {
    for (const service of all('AWS::ECS::Service')) {
      const { DeploymentCircuitBreaker } = service.DeploymentConfiguration as Fields
      expect(DeploymentCircuitBreaker).toEqual({ Enable: true, Rollback: true })
      expect([service.PropagateTags, service.EnableECSManagedTags]).toEqual(['SERVICE', true])
      const { LoadBalancers = [] } = service as { LoadBalancers?: unknown[] }
      if (LoadBalancers.length > 0) expect(service.HealthCheckGracePeriodSeconds).toBeGreaterThanOrEqual(60)
    }
  })

  test('logs that hold up the container when they cannot be sent', () => {
    for (const { ContainerDefinitions } of all('AWS::ECS::TaskDefinition')) {
      const [container] = ContainerDefinitions as { LogConfiguration: { Options: Fields } }[]
      expect(container?.LogConfiguration.Options.mode).toBe('non-blocking')
    }
  })

  test('Container Insights switched off in an account that wants them', () => {
    for (const { ClusterSettings } of all('AWS::ECS::Cluster')) expect(ClusterSettings).toBeUndefined()
  })

  test('GPU containers without video encoding', () => {
    const containers = all('AWS::ECS::TaskDefinition').flatMap((one) => one.ContainerDefinitions as Fields[])
    const capabilities = containers
      .filter(({ ResourceRequirements }) => ResourceRequirements !== undefined)
      .map(
        ({ Environment }) => (Environment as Fields[]).find(({ Name }) => Name === 'NVIDIA_DRIVER_CAPABILITIES')?.Value,
      )
    // One of the manifests asks for all of them.
    expect(capabilities.toSorted()).toEqual(['all', ...Array.from({ length: 3 }, () => 'compute,utility,video')])
  })

  test('the machine image of Amazon Linux 2, whose support ended', () => {
    const [, environment] = stacksOf(environmentOf(golden('gpu-demo')))
    expect(environment?.body).toContain('/optimized-ami/amazon-linux-2023/gpu/recommended/image_id')
  })

  test('instances whose credentials any container can take, or whose disk holds no image', () => {
    for (const { LaunchTemplateData } of all('AWS::EC2::LaunchTemplate')) {
      const { MetadataOptions, BlockDeviceMappings } = LaunchTemplateData as Record<string, Fields[]>
      expect(MetadataOptions).toEqual({ HttpTokens: 'required', HttpPutResponseHopLimit: 1 })
      expect(BlockDeviceMappings).toEqual([
        {
          DeviceName: '/dev/xvda',
          Ebs: { VolumeType: 'gp3', VolumeSize: 150, Throughput: 500, Encrypted: true, DeleteOnTermination: true },
        },
      ])
    }
  })

  test('an agent that keeps every image until the disk is full, or is restarted while the instance starts', () => {
    for (const { LaunchTemplateData } of all('AWS::EC2::LaunchTemplate')) {
      const { UserData } = LaunchTemplateData as { UserData: string }
      const script = Buffer.from(UserData, 'base64').toString()
      expect(script).toMatch(/^#!\/bin\/bash\n/)
      expect(script).toMatch(/^ECS_CLUSTER=\S+\/Cluster$/m)
      // A task with an interface of its own is no hop away from the instance's credentials.
      expect(script).toMatch(/^ECS_AWSVPC_BLOCK_IMDS=true$/m)
      // With `prefer-cached` the agent would not clean up, and never see that a tag has moved.
      expect(script).not.toMatch(/ECS_IMAGE_PULL_BEHAVIOR|ECS_DISABLE_IMAGE_CLEANUP|systemctl/)
    }
  })

  test('a group that cannot be deleted, or is replaced under its capacity provider', () => {
    for (const group of all('AWS::AutoScaling::AutoScalingGroup')) {
      expect([group.NewInstancesProtectedFromScaleIn, group.DesiredCapacity, group.AutoScalingGroupName]).toEqual([
        false,
        undefined,
        undefined,
      ])
    }
    for (const { AutoScalingGroupProvider } of all('AWS::ECS::CapacityProvider')) {
      expect(AutoScalingGroupProvider).toMatchObject({
        ManagedTerminationProtection: 'DISABLED',
        ManagedDraining: 'ENABLED',
        ManagedScaling: { MaximumScalingStepSize: 1 },
      })
    }
  })

  test('a second list of capacity providers, which overwrites the first', () => {
    expect(all('AWS::ECS::Cluster').map(({ CapacityProviders }) => CapacityProviders)).toEqual([
      undefined,
      undefined,
      undefined,
    ])
    expect(all('AWS::ECS::ClusterCapacityProviderAssociations')).toHaveLength(3)
  })

  test('image layers that pay for a NAT gateway or lack the names of endpoints', () => {
    expect(all('AWS::EC2::VPCEndpoint').map(({ ServiceName }) => ServiceName)).toContain('com.amazonaws.us-east-1.s3')
    for (const { EnableDnsHostnames, EnableDnsSupport } of all('AWS::EC2::VPC')) {
      expect([EnableDnsHostnames, EnableDnsSupport]).toEqual([true, true])
    }
  })
})
