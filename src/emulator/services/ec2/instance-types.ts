import type * as Sdk from '@aws-sdk/client-ec2'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { Call } from '../../world.ts'
import { describe, type FilterPaths } from './describe.ts'
import { type InstanceTypeFacts, instanceTypeTable, isOffered } from './instance-type-table.ts'
import { zoneId, zonesOf } from './zones.ts'

const paths: FilterPaths<Sdk.InstanceTypeInfo> = {
  'auto-recovery-supported': 'AutoRecoverySupported',
  'bare-metal': 'BareMetal',
  'burstable-performance-supported': 'BurstablePerformanceSupported',
  'current-generation': 'CurrentGeneration',
  'free-tier-eligible': 'FreeTierEligible',
  hypervisor: 'Hypervisor',
  'instance-storage-info.nvme-support': 'InstanceStorageInfo.NvmeSupport',
  'instance-storage-supported': 'InstanceStorageSupported',
  'instance-type': 'InstanceType',
  'memory-info.size-in-mib': 'MemoryInfo.SizeInMiB',
  'network-info.ipv4-addresses-per-interface': 'NetworkInfo.Ipv4AddressesPerInterface',
  'network-info.maximum-network-cards': 'NetworkInfo.MaximumNetworkCards',
  'network-info.maximum-network-interfaces': 'NetworkInfo.MaximumNetworkInterfaces',
  'network-info.network-performance': 'NetworkInfo.NetworkPerformance',
  'processor-info.supported-architecture': 'ProcessorInfo.SupportedArchitectures',
  'supported-root-device-type': 'SupportedRootDeviceTypes',
  'supported-usage-class': 'SupportedUsageClasses',
  'supported-virtualization-type': 'SupportedVirtualizationTypes',
  'vcpu-info.default-cores': 'VCpuInfo.DefaultCores',
  'vcpu-info.default-threads-per-core': 'VCpuInfo.DefaultThreadsPerCore',
  'vcpu-info.default-vcpus': 'VCpuInfo.DefaultVCpus',
}
const offeringPaths: FilterPaths<Sdk.InstanceTypeOffering> = { 'instance-type': 'InstanceType', location: 'Location' }

const PREVIOUS_GENERATION = /^(p3|p3dn)\./
const FREE_TIER = ['t3.micro', 't3.small', 't4g.micro', 't4g.small']
const MAXIMUM_RESULTS = 100

const infoOf = (facts: InstanceTypeFacts): Sdk.InstanceTypeInfo => {
  const metal = facts.name.endsWith('.metal')
  const { gpu } = facts
  return {
    InstanceType: facts.name as Sdk._InstanceType,
    CurrentGeneration: !PREVIOUS_GENERATION.test(facts.name),
    FreeTierEligible: FREE_TIER.includes(facts.name),
    SupportedUsageClasses: ['on-demand', 'spot'],
    SupportedRootDeviceTypes: ['ebs'],
    SupportedVirtualizationTypes: ['hvm'],
    BareMetal: metal,
    ...(!metal && { Hypervisor: facts.name.startsWith('p3.') ? ('xen' as const) : ('nitro' as const) }),
    ProcessorInfo: { SupportedArchitectures: [facts.architecture], Manufacturer: facts.manufacturer },
    VCpuInfo: {
      DefaultVCpus: facts.vcpus,
      DefaultCores: facts.vcpus / facts.threadsPerCore,
      DefaultThreadsPerCore: facts.threadsPerCore,
    },
    MemoryInfo: { SizeInMiB: facts.memoryMiB },
    InstanceStorageSupported: facts.storageGB > 0,
    ...(facts.storageGB > 0 && {
      InstanceStorageInfo: { TotalSizeInGB: facts.storageGB, NvmeSupport: 'required', EncryptionSupport: 'required' },
    }),
    EbsInfo: { EbsOptimizedSupport: 'default', EncryptionSupport: 'supported', NvmeSupport: 'required' },
    NetworkInfo: {
      NetworkPerformance: facts.networkPerformance,
      MaximumNetworkInterfaces: facts.networkInterfaces,
      MaximumNetworkCards: facts.networkCards,
      DefaultNetworkCardIndex: 0,
      Ipv4AddressesPerInterface: facts.addressesPerInterface,
      Ipv6AddressesPerInterface: facts.addressesPerInterface,
      Ipv6Supported: true,
      EnaSupport: 'required',
    },
    ...(gpu && {
      GpuInfo: {
        Gpus: [{ Name: gpu.name, Manufacturer: 'NVIDIA', Count: gpu.count, MemoryInfo: { SizeInMiB: gpu.memoryMiB } }],
        TotalGpuMemoryInMiB: gpu.count * gpu.memoryMiB,
      },
    }),
    HibernationSupported: false,
    BurstablePerformanceSupported: facts.burstable,
    DedicatedHostsSupported: !facts.burstable,
    AutoRecoverySupported: !gpu,
    SupportedBootModes: facts.architecture === 'arm64' ? ['uefi'] : ['legacy-bios', 'uefi'],
  }
}

export const instanceTypes = {
  DescribeInstanceTypes: (input, _call: Call) => {
    const wanted = input.InstanceTypes ?? []
    const unknown = wanted.filter((type) => !instanceTypeTable.has(type))
    if (unknown.length > 0) {
      throw new AwsError(
        'InvalidInstanceType',
        `The following supplied instance types do not exist: [${unknown.join(', ')}]`,
      )
    }
    const facts = [...instanceTypeTable.values()]
    const infos = facts.filter(({ name }) => wanted.length === 0 || wanted.some((type) => type === name)).map(infoOf)
    const { items, next } = describe(infos, { MaxResults: MAXIMUM_RESULTS, ...input }, paths)
    return { InstanceTypes: items, ...next }
  },

  DescribeInstanceTypeOfferings: (input, { region }) => {
    const LocationType = input.LocationType ?? 'region'
    const locations =
      LocationType === 'region'
        ? [{ Location: region, zones: zonesOf(region) }]
        : zonesOf(region).map((zone) => ({
            Location: LocationType.endsWith('id') ? zoneId(zone) : zone,
            zones: [zone],
          }))
    const offerings = [...instanceTypeTable.keys()].flatMap((type) =>
      locations
        .filter(({ zones }) => zones.some((zone) => isOffered(type, zone)))
        .map(({ Location }) => ({ InstanceType: type as Sdk._InstanceType, LocationType, Location })),
    )
    const { items, next } = describe(offerings, input, offeringPaths)
    return { InstanceTypeOfferings: items, ...next }
  },
} satisfies Handlers<typeof Sdk>
