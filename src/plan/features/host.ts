import * as z from 'zod'
import type { Check, ServiceFinding } from '../manifest/checks/places.ts'
import { flag, ipv4Range, pattern, wants } from '../manifest/fields.ts'
import type { ManifestService } from '../manifest/schema.ts'
import { withLaunchTemplateData } from '../stacks/launch-template.ts'
import { type Json, type Template, withProperties } from '../template.ts'
import type { Feature } from './feature.ts'
import { resolveSpot } from './spot.ts'

const count = z.int().nonnegative()

export const hostFields = {
  host: z
    .strictObject({
      disk: wants('GiB of disk, such as 200', z.int().min(30).max(16_384))
        .optional()
        .describe('GiB of disk for images and their unpacked layers'),
      nvme: flag.optional().describe('whether images lie on the instance’s own fast disks, where its type has some'),
      image_cache: z
        .enum(['default', 'always', 'once', 'prefer-cached'])
        .optional()
        .describe('whether an image that the instance has is fetched again'),
      min_instances: count.optional().describe('instances that always run; those that the tasks need if left out'),
      max_instances: count.optional().describe('instances at most; those that all tasks need if left out'),
      warm_pool: z
        .strictObject({
          min: count.optional().describe('instances that wait, one if left out'),
          state: z
            .enum(['stopped', 'running', 'hibernated'])
            .optional()
            .describe('as what they wait, stopped if left out'),
        })
        .optional()
        .describe('instances that have booted already and wait'),
      key_pair: z
        .strictObject({
          name: pattern('the name of a key pair', /^[\x20-\x7e]{1,255}$/),
          source: ipv4Range,
        })
        .optional()
        .describe('an EC2 key pair, and from where SSH is let in with it; Session Manager needs neither'),
    })
    .optional()
    .describe('the instances under the tasks'),
}

type Host = NonNullable<ManifestService['host']>

export const hostOf = ({ host = {} }: Pick<ManifestService, 'host'>): Host => host

const bounds: Check = (service) => {
  const { min_instances: least, max_instances: most, key_pair, warm_pool } = hostOf(service)
  const at = (...keys: string[]) => ['host', ...keys]
  const wide = key_pair && Number(key_pair.source.split('/')[1]) < 8
  return [
    ...(least !== undefined && most !== undefined && least > most
      ? [{ at: at('min_instances'), because: at('max_instances'), message: `is more than max_instances, ${most}` }]
      : []),
    ...(wide
      ? [{ at: at('key_pair', 'source'), message: 'lets half the world in; name the range that you come from' }]
      : []),
    ...warmPools(service, warm_pool),
  ]
}

/** Auto Scaling has no warm pool where types or purchase options are mixed. */
const warmPools = (service: ManifestService, pool: Host['warm_pool']): ServiceFinding[] => {
  if (!pool) return []
  const at = ['host', 'warm_pool']
  return [
    ...(service.instances?.length === 1
      ? []
      : [{ at, because: ['instances'], message: 'is for a single instance type; name one under instances' }]),
    ...(resolveSpot(service) ? [{ at, because: ['spot'], message: 'is not for Spot instances' }] : []),
    ...(pool.state === 'hibernated'
      ? [{ at: [...at, 'state'], message: 'the ECS machine image does not hibernate; stopped or running' }]
      : []),
  ]
}

/** Fast disks lose what is on them when the instance stops: they hold what can be fetched again. */
const NVME = `# Images lie on the instance's own disks, where it has some.
mapfile -t disks < <(lsblk --nodeps --noheadings --output NAME,MODEL | awk '/Instance Storage/ { print "/dev/" $1 }')
if [ "\${#disks[@]}" -gt 0 ]; then
  disk="\${disks[0]}"
  if [ "\${#disks[@]}" -gt 1 ]; then
    mdadm --create /dev/md0 --level 0 --force --run --raid-devices "\${#disks[@]}" "\${disks[@]}"
    disk=/dev/md0
  fi
  mkfs.xfs -f "$disk"
  systemctl stop docker.socket docker
  mkdir -p /var/lib/docker
  mount -o noatime "$disk" /var/lib/docker
  systemctl start --no-block docker
fi
`

/** What the instances are told at their start. The agent reads its settings once Docker is there. */
export function userData(script: string, service: ManifestService, hasGpus: boolean): string {
  const { image_cache, nvme, warm_pool } = hostOf(service)
  const settings = [
    ...(image_cache === undefined ? [] : [`ECS_IMAGE_PULL_BEHAVIOR=${image_cache}`]),
    ...(warm_pool ? ['ECS_WARM_POOLS_CHECK=true'] : []),
  ]
  const told = hasGpus ? script : script.replace('ECS_ENABLE_GPU_SUPPORT=true\n', '')
  const configured = settings.length === 0 ? told : told.replace(/CONFIG\n$/, `${settings.join('\n')}\nCONFIG\n`)
  // In Fn::Sub a dollar sign of the shell's own is written with an exclamation mark.
  return nvme ? configured + NVME.replaceAll('${', '${!') : configured
}

/** SSH from one range of addresses, for those who name a key pair. */
export function withKeyPair(template: Template, prefix: string, service: ManifestService): Template {
  const { key_pair } = hostOf(service)
  if (!key_pair) return template
  const keyed = withLaunchTemplateData(template, prefix, () => ({ KeyName: key_pair.name }))
  const ingress = {
    Description: 'SSH with the key pair',
    IpProtocol: 'tcp',
    FromPort: 22,
    ToPort: 22,
    CidrIp: key_pair.source,
  }
  return withProperties(keyed, `${prefix}InstanceSecurityGroup`, ({ SecurityGroupIngress = [], ...properties }) => ({
    ...properties,
    SecurityGroupIngress: [...(SecurityGroupIngress as unknown[]), ingress],
  }))
}

/** Instances that have booted, for one type: a mixed group can have none. */
export function withWarmPool(template: Template, prefix: string, service: ManifestService): Template {
  const { warm_pool: pool } = hostOf(service)
  const [InstanceType] = service.instances ?? []
  if (!pool || InstanceType === undefined) return template
  const state = pool.state ?? 'stopped'
  const single = withProperties(template, `${prefix}Instances`, ({ MixedInstancesPolicy: mixed, ...properties }) => {
    const { LaunchTemplate } = mixed as { LaunchTemplate: { LaunchTemplateSpecification: Json } }
    return { ...properties, LaunchTemplate: LaunchTemplate.LaunchTemplateSpecification }
  })
  const typed = withLaunchTemplateData(single, prefix, () => ({ InstanceType }))
  const WarmPool = {
    Type: 'AWS::AutoScaling::WarmPool',
    Properties: {
      AutoScalingGroupName: { Ref: `${prefix}Instances` },
      MinSize: pool.min ?? 1,
      PoolState: `${state.charAt(0).toUpperCase()}${state.slice(1)}`,
      // What is taken back keeps its images.
      InstanceReusePolicy: { ReuseOnScaleIn: true },
    },
  }
  return { ...typed, Resources: { ...typed.Resources, [`${prefix}WarmPool`]: WarmPool } }
}

export const host: Feature = { checks: [bounds] }
