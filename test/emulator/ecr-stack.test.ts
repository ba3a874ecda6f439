import { ECR } from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'
import { testStack } from '../support/stack.ts'

const lifecycle = JSON.stringify({ rules: [{ rulePriority: 1, selection: { tagStatus: 'any' } }] })

const repository = (properties: object) => ({ Repository: { Type: 'AWS::ECR::Repository', Properties: properties } })

test('creates and changes a repository', async () => {
  const aws = await startAws()
  const ecr = new ECR(aws.client)
  const stack = testStack(aws)
  const created = await stack.create(
    repository({
      ImageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
      ImageTagMutabilityExclusionFilters: [
        { ImageTagMutabilityExclusionFilterType: 'WILDCARD', ImageTagMutabilityExclusionFilterValue: 'cache*' },
      ],
      LifecyclePolicy: { LifecyclePolicyText: lifecycle },
      Tags: [{ Key: 'old', Value: '1' }],
    }),
    {
      Name: { Value: { Ref: 'Repository' } },
      Arn: { Value: { 'Fn::GetAtt': ['Repository', 'Arn'] } },
      Uri: { Value: { 'Fn::GetAtt': ['Repository', 'RepositoryUri'] } },
    },
  )
  const repositoryName = created.outputs.Name
  const describe = async () => (await ecr.describeRepositories({})).repositories?.[0]
  const before = await describe()
  expect(before).toMatchObject({
    repositoryName: expect.stringMatching(/^mine-repository-\w{12}$/),
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'cache*' }],
    imageScanningConfiguration: { scanOnPush: false },
  })
  expect(created.outputs).toEqual({
    Name: before?.repositoryName,
    Arn: before?.repositoryArn,
    Uri: before?.repositoryUri,
  })
  expect((await ecr.getLifecyclePolicy({ repositoryName })).lifecyclePolicyText).toBe(lifecycle)

  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: '*', Action: 'ecr:*' }] }
  const updated = await stack.update(
    repository({
      ImageScanningConfiguration: { ScanOnPush: true },
      RepositoryPolicyText: policy,
      Tags: [{ Key: 'new', Value: '1' }],
    }),
  )
  expect(updated.status).toBe('UPDATE_COMPLETE')
  expect(await describe()).toMatchObject({
    repositoryName,
    imageTagMutability: 'MUTABLE',
    imageScanningConfiguration: { scanOnPush: true },
  })
  const { tags } = await ecr.listTagsForResource({ resourceArn: before?.repositoryArn })
  expect(tags?.map(({ Key }) => Key).filter((key) => !key?.startsWith('aws:'))).toEqual(['new'])
  expect(JSON.parse((await ecr.getRepositoryPolicy({ repositoryName })).policyText ?? '')).toEqual(policy)
  await expect(ecr.getLifecyclePolicy({ repositoryName })).rejects.toMatchObject({
    name: 'LifecyclePolicyNotFoundException',
    message: `Lifecycle policy does not exist for the repository with name '${repositoryName}' in the registry with id '000000000000'`,
  })
})

test.each([
  { EmptyOnDelete: false, status: 'DELETE_FAILED', left: 1 },
  { EmptyOnDelete: true, status: 'DELETE_COMPLETE', left: 0 },
])(
  'deletes a repository with images when it is to be emptied: $EmptyOnDelete',
  async ({ EmptyOnDelete, status, left }) => {
    const aws = await startAws()
    const ecr = new ECR(aws.client)
    const stack = testStack(aws)
    await stack.create(repository({ RepositoryName: 'app', EmptyOnDelete }))
    const imageManifest = JSON.stringify({ schemaVersion: 2, layers: [] })
    await ecr.putImage({ repositoryName: 'app', imageManifest, imageTag: 'v1' })
    const removed = await stack.remove()
    expect(removed.status).toBe(status)
    const reason =
      "The repository with name 'app' in registry with id '000000000000' cannot be deleted because it still contains images"
    expect(removed.failures.some((failure) => failure.includes(reason))).toBe(!EmptyOnDelete)
    expect((await ecr.describeRepositories({})).repositories).toHaveLength(left)
  },
)

test('scans on push what the registry says', async () => {
  const aws = await startAws()
  const ecr = new ECR(aws.client)
  const RepositoryFilters = [{ Filter: 'prod*', FilterType: 'WILDCARD' }]
  await testStack(aws).create({
    Scanning: {
      Type: 'AWS::ECR::RegistryScanningConfiguration',
      Properties: { ScanType: 'BASIC', Rules: [{ ScanFrequency: 'SCAN_ON_PUSH', RepositoryFilters }] },
    },
    Production: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: 'production' } },
    Test: { Type: 'AWS::ECR::Repository', Properties: { RepositoryName: 'test' } },
  })
  const scanned = async (repositoryName: string) => {
    const imageManifest = JSON.stringify({ schemaVersion: 2, layers: [] })
    await ecr.putImage({ repositoryName, imageManifest })
    return (await ecr.describeImages({ repositoryName })).imageDetails?.[0]?.imageScanStatus?.status
  }
  expect([await scanned('production'), await scanned('test')]).toEqual(['COMPLETE', undefined])
})
