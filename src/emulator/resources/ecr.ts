import type { ImageTagMutability, RegistryScanningRule, ScanType } from '@aws-sdk/client-ecr'
import { tagChanges } from '../tags.ts'
import { ignoringAbsent, type Properties, type ResourceContext, resource } from './resource.ts'

interface RepositoryProperties {
  readonly RepositoryName?: string
  readonly ImageTagMutability?: ImageTagMutability
  readonly ImageTagMutabilityExclusionFilters?: readonly {
    readonly ImageTagMutabilityExclusionFilterType: 'WILDCARD'
    readonly ImageTagMutabilityExclusionFilterValue: string
  }[]
  readonly ImageScanningConfiguration?: { readonly ScanOnPush?: boolean }
  readonly EncryptionConfiguration?: {
    readonly EncryptionType: 'AES256' | 'KMS' | 'KMS_DSSE'
    readonly KmsKey?: string
  }
  readonly LifecyclePolicy?: { readonly LifecyclePolicyText?: string }
  readonly RepositoryPolicyText?: string | object
  readonly EmptyOnDelete?: boolean
  readonly Tags?: unknown
}

const ABSENT = ['RepositoryNotFoundException']

const mutability = (properties: RepositoryProperties) => ({
  imageTagMutability: properties.ImageTagMutability ?? ('MUTABLE' as const),
  imageTagMutabilityExclusionFilters: properties.ImageTagMutabilityExclusionFilters?.map((filter) => ({
    filterType: filter.ImageTagMutabilityExclusionFilterType,
    filter: filter.ImageTagMutabilityExclusionFilterValue,
  })),
})
const scanning = ({ ImageScanningConfiguration }: RepositoryProperties) => ({
  imageScanningConfiguration: { scanOnPush: ImageScanningConfiguration?.ScanOnPush ?? false },
})

const repository = resource<RepositoryProperties>({
  // Images are neither encrypted nor thrown away here.
  stored: ['EncryptionConfiguration', 'LifecyclePolicy', 'RepositoryPolicyText'],
  async create(properties, context) {
    const { world, call } = context
    const { EncryptionConfiguration: encryption } = properties
    const repositoryName = properties.RepositoryName ?? context.name(256).toLowerCase()
    await world.services.ecr.CreateRepository(
      {
        repositoryName,
        ...mutability(properties),
        ...scanning(properties),
        ...(encryption && {
          encryptionConfiguration: { encryptionType: encryption.EncryptionType, kmsKey: encryption.KmsKey },
        }),
        tags: context.tags(properties.Tags),
      },
      call,
    )
    try {
      await putPolicies(repositoryName, properties, context)
    } catch (error) {
      await world.services.ecr.DeleteRepository({ repositoryName }, call)
      throw error
    }
    return repositoryName
  },
  async update(repositoryName, properties, _before, context) {
    const { call } = context
    const { ecr } = context.world.services
    ecr.PutImageTagMutability({ repositoryName, ...mutability(properties) }, call)
    ecr.PutImageScanningConfiguration({ repositoryName, ...scanning(properties) }, call)
    await putPolicies(repositoryName, properties, context)
    const { resourceArn, tags } = describe(repositoryName, context)
    const { set, remove } = tagChanges(tags, context.tags(properties.Tags))
    ecr.TagResource({ resourceArn, tags: set }, call)
    ecr.UntagResource({ resourceArn, tagKeys: remove }, call)
  },
  delete: (repositoryName, { EmptyOnDelete: force }, { world, call }) =>
    ignoringAbsent(ABSENT, () => world.services.ecr.DeleteRepository({ repositoryName, force }, call)),
  attributes(repositoryName, context) {
    const { resourceArn, repositoryUri } = describe(repositoryName, context)
    return { Arn: resourceArn, RepositoryUri: repositoryUri }
  },
})

function describe(repositoryName: string, { world, call }: ResourceContext) {
  const { ecr } = world.services
  const [found] = ecr.DescribeRepositories({ repositoryNames: [repositoryName] }, call).repositories
  const resourceArn = found?.repositoryArn
  return { resourceArn, repositoryUri: found?.repositoryUri, tags: ecr.ListTagsForResource({ resourceArn }, call).tags }
}

/** A policy that the template no longer has is deleted. */
async function putPolicies(
  repositoryName: string,
  { LifecyclePolicy, RepositoryPolicyText }: RepositoryProperties,
  { world, call }: ResourceContext,
): Promise<void> {
  const { ecr } = world.services
  const lifecyclePolicyText = LifecyclePolicy?.LifecyclePolicyText
  if (lifecyclePolicyText !== undefined) ecr.PutLifecyclePolicy({ repositoryName, lifecyclePolicyText }, call)
  else {
    await ignoringAbsent(['LifecyclePolicyNotFoundException'], () =>
      ecr.DeleteLifecyclePolicy({ repositoryName }, call),
    )
  }
  if (RepositoryPolicyText !== undefined) {
    const text = RepositoryPolicyText
    const policyText = typeof text === 'string' ? text : JSON.stringify(text)
    ecr.SetRepositoryPolicy({ repositoryName, policyText }, call)
  } else {
    await ignoringAbsent(['RepositoryPolicyNotFoundException'], () =>
      ecr.DeleteRepositoryPolicy({ repositoryName }, call),
    )
  }
}

interface ScanningProperties {
  readonly ScanType: ScanType
  readonly Rules: readonly {
    readonly ScanFrequency: 'SCAN_ON_PUSH' | 'CONTINUOUS_SCAN'
    readonly RepositoryFilters: readonly { readonly Filter: string; readonly FilterType: 'WILDCARD' }[]
  }[]
}

function putScanning({ ScanType, Rules }: ScanningProperties, { world, call }: ResourceContext): void {
  const rules: RegistryScanningRule[] = Rules.map(({ ScanFrequency, RepositoryFilters }) => ({
    scanFrequency: ScanFrequency,
    repositoryFilters: RepositoryFilters.map(({ Filter, FilterType }) => ({ filter: Filter, filterType: FilterType })),
  }))
  world.services.ecr.PutRegistryScanningConfiguration({ scanType: ScanType, rules }, call)
}

const registryScanning = resource<ScanningProperties>({
  create(properties, context) {
    putScanning(properties, context)
    return context.world.account
  },
  update: (_id, properties, _before, context) => putScanning(properties, context),
  delete: (_id, _properties, context) => putScanning({ ScanType: 'BASIC', Rules: [] }, context),
  attributes: (RegistryId) => ({ RegistryId }),
})

interface RegistryPolicyProperties {
  readonly PolicyText: object
}

const putRegistryPolicy = ({ PolicyText }: RegistryPolicyProperties, { world, call }: ResourceContext): string =>
  world.services.ecr.PutRegistryPolicy({ policyText: JSON.stringify(PolicyText) }, call).registryId

const registryPolicy = resource<RegistryPolicyProperties>({
  create: putRegistryPolicy,
  update: (_id, properties, _before, context) => void putRegistryPolicy(properties, context),
  delete: (_id, _properties, { world, call }) =>
    ignoringAbsent(['RegistryPolicyNotFoundException'], () => world.services.ecr.DeleteRegistryPolicy({}, call)),
  attributes: (RegistryId) => ({ RegistryId }),
})

/** A setting of the registry that nothing here acts on: it lives in the stack alone. */
const setting = (identify: (properties: Properties, context: ResourceContext) => string) =>
  resource({
    create: identify,
    update() {},
    delete() {},
    attributes: (_id, { world }) => ({ RegistryId: world.account }),
  })
const ofRegistry = setting((_properties, { world }) => world.account)

export const ecrResources = {
  'AWS::ECR::Repository': repository,
  'AWS::ECR::RegistryScanningConfiguration': registryScanning,
  'AWS::ECR::PullThroughCacheRule': setting(({ EcrRepositoryPrefix }) => String(EcrRepositoryPrefix)),
  'AWS::ECR::PullTimeUpdateExclusion': setting(({ PrincipalArn }) => String(PrincipalArn)),
  'AWS::ECR::RegistryPolicy': registryPolicy,
  'AWS::ECR::ReplicationConfiguration': ofRegistry,
  'AWS::ECR::SigningConfiguration': ofRegistry,
}
