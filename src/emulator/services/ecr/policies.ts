import type * as Sdk from '@aws-sdk/client-ecr'
import { AwsError } from '../../errors.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { constraint, findRepository, invalid, within } from './state.ts'

export const policies = (world: World) => {
  const repositoryPolicy = (region: string, name: string | undefined) => {
    const repository = findRepository(world, region, name)
    const { policy: policyText } = repository
    if (policyText !== undefined) {
      return { repository, answer: { registryId: world.account, repositoryName: repository.name, policyText } }
    }
    throw new AwsError(
      'RepositoryPolicyNotFoundException',
      `Repository policy does not exist for ${within(world, repository)}`,
    )
  }

  const lifecyclePolicy = (region: string, name: string | undefined) => {
    const repository = findRepository(world, region, name)
    const { lifecyclePolicy: lifecyclePolicyText } = repository
    if (lifecyclePolicyText !== undefined) {
      return { repository, answer: { registryId: world.account, repositoryName: repository.name, lifecyclePolicyText } }
    }
    throw new AwsError(
      'LifecyclePolicyNotFoundException',
      `Lifecycle policy does not exist for ${within(world, repository)}`,
    )
  }

  const registryPolicy = (region: string) => {
    const { registryPolicy: policyText } = world.region(region).ecr
    if (policyText !== undefined) return { registryId: world.account, policyText }
    throw new AwsError(
      'RegistryPolicyNotFoundException',
      `Registry policy does not exist in the registry with id '${world.account}'`,
    )
  }

  return {
    SetRepositoryPolicy: ({ repositoryName, policyText = '' }, { region }) => {
      const repository = findRepository(world, region, repositoryName)
      requirePolicy(policyText)
      repository.policy = policyText
      return repositoryPolicy(region, repositoryName).answer
    },

    GetRepositoryPolicy: ({ repositoryName }, { region }) => repositoryPolicy(region, repositoryName).answer,

    DeleteRepositoryPolicy: ({ repositoryName }, { region }) => {
      const { repository, answer } = repositoryPolicy(region, repositoryName)
      delete repository.policy
      return answer
    },

    PutLifecyclePolicy: ({ repositoryName, lifecyclePolicyText = '' }, { region }) => {
      const repository = findRepository(world, region, repositoryName)
      const problem = lifecycleProblem(lifecyclePolicyText)
      if (problem) throw constraint('LifecyclePolicyText', `Lifecycle policy validation failure: ${problem}`)
      repository.lifecyclePolicy = lifecyclePolicyText
      return lifecyclePolicy(region, repositoryName).answer
    },

    GetLifecyclePolicy: ({ repositoryName }, { region }) => lifecyclePolicy(region, repositoryName).answer,

    DeleteLifecyclePolicy: ({ repositoryName }, { region }) => {
      const { repository, answer } = lifecyclePolicy(region, repositoryName)
      delete repository.lifecyclePolicy
      return answer
    },

    PutRegistryPolicy: ({ policyText = '' }, { region }) => {
      requirePolicy(policyText)
      world.region(region).ecr.registryPolicy = policyText
      return registryPolicy(region)
    },

    GetRegistryPolicy: (_input, { region }) => registryPolicy(region),

    DeleteRegistryPolicy: (_input, { region }) => {
      const answer = registryPolicy(region)
      delete world.region(region).ecr.registryPolicy
      return answer
    },
  } satisfies Handlers<typeof Sdk>
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function requirePolicy(text: string): void {
  const policy = parse(text) as { Statement?: unknown } | null | undefined
  if (!policy?.Statement) {
    throw invalid(
      "Invalid parameter at 'PolicyText' failed to satisfy constraint: 'Invalid repository policy provided'",
    )
  }
}

interface LifecycleRule {
  readonly rulePriority?: number
  readonly selection?: {
    readonly tagStatus?: string
    readonly tagPrefixList?: readonly string[]
    readonly tagPatternList?: readonly string[]
  }
}

/** What ECR says about a lifecycle policy that it refuses. */
function lifecycleProblem(text: string): string | undefined {
  const policy = parse(text) as { rules?: readonly LifecycleRule[] } | null | undefined
  if (!policy || !Array.isArray(policy.rules)) return 'Could not map policyString into LifecyclePolicy.'
  const rules: readonly LifecycleRule[] = policy.rules
  if (rules.length === 0) return 'Lifecycle policy must have at least one rule.'
  const priorities = rules.map(({ rulePriority = 0 }) => rulePriority)
  if (new Set(priorities).size < rules.length) return 'Rule priorities must be unique.'
  for (const { rulePriority, selection } of rules) {
    const status = selection?.tagStatus?.toUpperCase()
    if (status === 'TAGGED' && !selection?.tagPrefixList?.length && !selection?.tagPatternList?.length) {
      return 'Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.'
    }
    if (status === 'ANY' && rulePriority !== Math.max(...priorities)) {
      return 'Rule for tagStatus=ANY must have the lowest priority.'
    }
  }
  return undefined
}
