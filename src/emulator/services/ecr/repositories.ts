import type * as Sdk from '@aws-sdk/client-ecr'
import { AwsError } from '../../errors.ts'
import { page } from '../../page.ts'
import { tagList, tagRecord } from '../../tags.ts'
import type { Handlers } from '../../wire/handlers.ts'
import { arn, type Call, type World } from '../../world.ts'
import { openRegistry } from './authorization.ts'
import { collectBlobs } from './removal.ts'
import { constraint, findRepository, invalid, type Repository, registryHost, repositoryArn } from './state.ts'

const NAME = '(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*'

export const repositories = (world: World) => {
  const describe = ({ region }: Call, repository: Repository): Sdk.Repository => ({
    repositoryArn: repositoryArn(world, region, repository.name),
    registryId: world.account,
    repositoryName: repository.name,
    repositoryUri: `${registryHost(world, region)}/${repository.name}`,
    createdAt: repository.createdAt,
    imageTagMutability: repository.mutability,
    ...(repository.exclusions.length > 0 && { imageTagMutabilityExclusionFilters: repository.exclusions }),
    imageScanningConfiguration: { scanOnPush: repository.scanOnPush },
    encryptionConfiguration: repository.encryption,
  })

  const byArn = (call: Call, resourceArn = ''): Repository => {
    const name = /^arn:[^:]+:ecr:[^:]*:[^:]*:repository\/(.+)$/.exec(resourceArn)?.[1]
    if (name === undefined) throw constraint('resourceArn', 'Invalid ARN')
    return findRepository(world, call.region, name)
  }

  return {
    CreateRepository: async (input, call) => {
      const { repositoryName: name = '' } = input
      if (!new RegExp(`^${NAME}$`).test(name) || name.length < 2 || name.length > 256) {
        throw constraint('repositoryName', `must satisfy regular expression '${NAME}'`)
      }
      await openRegistry(world, call.region)
      const existing = world.region(call.region).ecr.repositories
      if (existing[name]) {
        throw new AwsError(
          'RepositoryAlreadyExistsException',
          `The repository with name '${name}' already exists in the registry with id '${world.account}'`,
        )
      }
      const encryption = input.encryptionConfiguration ?? { encryptionType: 'AES256' }
      const { encryptionType } = encryption
      const repository: Repository = {
        name,
        createdAt: world.clock.now(),
        mutability: 'MUTABLE',
        exclusions: [],
        scanOnPush: input.imageScanningConfiguration?.scanOnPush ?? false,
        encryption:
          encryptionType === 'AES256' || encryption.kmsKey !== undefined
            ? encryption
            : { encryptionType, kmsKey: arn(world, 'kms', call.region, `key/${world.random.uuid()}`) },
        tags: tagRecord(input.tags),
        images: {},
        imageTags: {},
        blobs: {},
      }
      setMutability(repository, input.imageTagMutability, input.imageTagMutabilityExclusionFilters)
      existing[name] = repository
      return { repository: describe(call, repository) }
    },

    DescribeRepositories: ({ repositoryNames, maxResults = 100, nextToken }, call) => {
      const named = repositoryNames?.map((name) => findRepository(world, call.region, name))
      const all = named ?? Object.values(world.region(call.region).ecr.repositories)
      const { items, next } = page(all, maxResults, nextToken)
      return { repositories: items.map((repository) => describe(call, repository)), ...(next && { nextToken: next }) }
    },

    DeleteRepository: async ({ repositoryName, force }, call) => {
      const repository = findRepository(world, call.region, repositoryName)
      if (!force && Object.keys(repository.images).length > 0) {
        throw new AwsError(
          'RepositoryNotEmptyException',
          `The repository with name '${repository.name}' in registry with id '${world.account}' cannot be deleted because it still contains images`,
        )
      }
      delete world.region(call.region).ecr.repositories[repository.name]
      await collectBlobs(world)
      return { repository: describe(call, repository) }
    },

    PutImageTagMutability: ({ repositoryName, imageTagMutability, imageTagMutabilityExclusionFilters }, call) => {
      const repository = findRepository(world, call.region, repositoryName)
      setMutability(repository, imageTagMutability, imageTagMutabilityExclusionFilters)
      return {
        registryId: world.account,
        repositoryName: repository.name,
        imageTagMutability: repository.mutability,
        ...(repository.exclusions.length > 0 && { imageTagMutabilityExclusionFilters: repository.exclusions }),
      }
    },

    DescribeRegistry: () => ({ registryId: world.account, replicationConfiguration: { rules: [] } }),

    TagResource: ({ resourceArn, tags }, call) => {
      Object.assign(byArn(call, resourceArn).tags, tagRecord(tags))
      return {}
    },

    UntagResource: ({ resourceArn, tagKeys = [] }, call) => {
      const { tags } = byArn(call, resourceArn)
      for (const key of tagKeys) delete tags[key]
      return {}
    },

    ListTagsForResource: ({ resourceArn }, call) => ({ tags: tagList(byArn(call, resourceArn).tags) }),
  } satisfies Handlers<typeof Sdk>
}

function setMutability(
  repository: Repository,
  mutability: Sdk.ImageTagMutability = 'MUTABLE',
  exclusions: Sdk.ImageTagMutabilityExclusionFilter[] = [],
): void {
  const needsExclusions = mutability.endsWith('_WITH_EXCLUSION')
  if (needsExclusions && exclusions.length === 0) {
    throw invalid(`imageTagMutabilityExclusionFilters must be provided when imageTagMutability is ${mutability}`)
  }
  if (!needsExclusions && exclusions.length > 0) {
    throw invalid(`imageTagMutabilityExclusionFilters cannot be provided when imageTagMutability is ${mutability}`)
  }
  repository.mutability = mutability
  repository.exclusions = exclusions
}
