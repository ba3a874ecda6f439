import * as Ecr from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'
import { digestOf, INDEX, MANIFEST } from '../support/registry.ts'

/** A repository `app`, and images pushed to it with API calls alone. */
async function repository(more: Partial<Ecr.CreateRepositoryCommandInput> = {}) {
  const aws = await startAws()
  const ecr = new Ecr.ECRClient(aws.client)
  const repositoryName = 'app'
  await ecr.send(new Ecr.CreateRepositoryCommand({ repositoryName, ...more }))

  const pushLayer = async (content: string) => {
    const { uploadId } = await ecr.send(new Ecr.InitiateLayerUploadCommand({ repositoryName }))
    const layerPartBlob = Buffer.from(content)
    const part = { repositoryName, uploadId, partFirstByte: 0, partLastByte: content.length - 1, layerPartBlob }
    await ecr.send(new Ecr.UploadLayerPartCommand(part))
    const layerDigests = [digestOf(content)]
    await ecr.send(new Ecr.CompleteLayerUploadCommand({ repositoryName, uploadId, layerDigests }))
  }
  const put = async (imageTag: string | undefined, manifest: object) => {
    const imageManifest = JSON.stringify({ schemaVersion: 2, ...manifest })
    const { image } = await ecr.send(new Ecr.PutImageCommand({ repositoryName, imageManifest, imageTag }))
    return image?.imageId?.imageDigest ?? ''
  }
  /** An image of one layer, whose content is its name. */
  const push = async (layer: string, imageTag?: string) => {
    const { layers } = await ecr.send(
      new Ecr.BatchCheckLayerAvailabilityCommand({ repositoryName, layerDigests: [digestOf(layer)] }),
    )
    if (layers?.[0]?.layerAvailability !== 'AVAILABLE') await pushLayer(layer)
    const mediaType = 'application/vnd.oci.image.layer.v1.tar'
    const layerOf = { mediaType, digest: digestOf(layer), size: layer.length }
    return put(imageTag, { mediaType: MANIFEST, layers: [layerOf] })
  }
  const pushIndex = (children: readonly string[], imageTag: string) =>
    put(imageTag, { mediaType: INDEX, manifests: children.map((digest) => ({ mediaType: MANIFEST, digest })) })
  const remove = (...imageIds: Ecr.ImageIdentifier[]) =>
    ecr.send(new Ecr.BatchDeleteImageCommand({ repositoryName, imageIds }))
  const describe = async (more: Partial<Ecr.DescribeImagesCommandInput> = {}) =>
    ecr.send(new Ecr.DescribeImagesCommand({ repositoryName, ...more }))
  return { aws, ecr, repositoryName, push, pushIndex, remove, describe }
}

test('describes images by tag and by status, in pages', async () => {
  const { push, describe } = await repository({ imageScanningConfiguration: { scanOnPush: true } })
  const old = await push('first', 'latest')
  const current = await push('second layer', 'latest')
  const byTag = await describe({ imageIds: [{ imageTag: 'latest' }] })
  expect(byTag.imageDetails).toEqual([
    {
      registryId: '000000000000',
      repositoryName: 'app',
      imageDigest: current,
      imageTags: ['latest'],
      imageSizeInBytes: 12,
      imagePushedAt: expect.any(Date),
      imageManifestMediaType: MANIFEST,
      imageStatus: 'ACTIVE',
      imageScanStatus: { status: 'COMPLETE', description: 'The scan was completed successfully.' },
      imageScanFindingsSummary: {
        imageScanCompletedAt: expect.any(Date),
        vulnerabilitySourceUpdatedAt: expect.any(Date),
        findingSeverityCounts: {},
      },
    },
  ])
  const untagged = await describe({ filter: { tagStatus: 'UNTAGGED' } })
  const first = await describe({ maxResults: 1 })
  const second = await describe({ maxResults: 1, nextToken: first.nextToken })
  expect([untagged, first, second].map(({ imageDetails }) => imageDetails?.map((image) => image.imageDigest))).toEqual([
    [old],
    [old],
    [current],
  ])
  expect(second.nextToken).toBeUndefined()
})

test('names an image that does not exist as AWS does', async () => {
  const { describe } = await repository()
  await expect(describe({ imageIds: [{ imageTag: 'v1' }] })).rejects.toMatchObject({
    name: 'ImageNotFoundException',
    message:
      "The image with imageId {imageDigest:'null', imageTag:'v1'} does not exist within the repository with name 'app' in the registry with id '000000000000'",
  })
})

test('gives an existing image another tag, once', async () => {
  const { ecr, repositoryName, push, describe } = await repository({ imageTagMutability: 'IMMUTABLE' })
  const digest = await push('layer', 'v1')
  const { images } = await ecr.send(
    new Ecr.BatchGetImageCommand({ repositoryName, imageIds: [{ imageTag: 'v1' }, { imageTag: 'v9' }] }),
  )
  const again = { repositoryName, imageManifest: images?.[0]?.imageManifest, imageTag: 'release' }
  await ecr.send(new Ecr.PutImageCommand(again))
  expect((await describe()).imageDetails?.map(({ imageTags }) => imageTags)).toEqual([['v1', 'release']])
  await expect(ecr.send(new Ecr.PutImageCommand(again))).rejects.toMatchObject({
    name: 'ImageAlreadyExistsException',
    message: `Image with digest '${digest}' and tag 'release' already exists in the repository with name 'app' in registry with id '000000000000'`,
  })
  await expect(push('another', 'release')).rejects.toMatchObject({
    name: 'ImageTagAlreadyExistsException',
    message:
      "The image tag 'release' already exists in the 'app' repository and cannot be overwritten because the tag is immutable.",
  })
})

test('lets excluded tags move in an immutable repository, and no others', async () => {
  const { push } = await repository({
    imageTagMutability: 'IMMUTABLE_WITH_EXCLUSION',
    imageTagMutabilityExclusionFilters: [{ filterType: 'WILDCARD', filter: 'cache*' }],
  })
  await push('one', 'cache-arm64')
  await push('two', 'cache-arm64')
  await push('one', 'a-cache')
  await expect(push('two', 'a-cache')).rejects.toBeInstanceOf(Ecr.ImageTagAlreadyExistsException)
})

test('removes a tag from an image that has others, and with its last tag the image', async () => {
  const { push, remove, describe } = await repository()
  const imageDigest = await push('layer', 'v1')
  await push('layer', 'v2')
  const first = await remove({ imageTag: 'v1' }, { imageTag: 'v9' }, {})
  expect(first.imageIds).toEqual([{ imageDigest, imageTag: 'v1' }])
  expect(first.failures?.map(({ failureCode, failureReason }) => [failureCode, failureReason])).toEqual([
    ['ImageNotFound', 'Requested image not found'],
    ['MissingDigestAndTag', 'Invalid request parameters: both tag and digest cannot be null'],
  ])
  expect((await describe()).imageDetails?.[0]?.imageTags).toEqual(['v2'])
  await remove({ imageTag: 'v2' })
  expect((await describe()).imageDetails).toEqual([])
})

test('keeps an image as long as an index lists it', async () => {
  const { push, pushIndex, remove, describe } = await repository()
  const small = await push('arm64', 'arm64')
  const large = await push('a larger layer', 'amd64')
  const index = await pushIndex([small, large], 'v1')
  const { imageDetails } = await describe({ imageIds: [{ imageTag: 'v1' }] })
  expect(imageDetails?.[0]).toMatchObject({ imageSizeInBytes: 14, imageManifestMediaType: INDEX })
  const { failures } = await remove({ imageDigest: small })
  expect(failures).toEqual([
    {
      imageId: { imageDigest: small },
      failureCode: 'ImageReferencedByManifestList',
      failureReason: `Requested image referenced by manifest list: [${index}]`,
    },
  ])
  expect((await remove({ imageDigest: index }, { imageDigest: small })).failures).toEqual([])
})

test('refuses an image whose layers were not pushed, and a part out of order', async () => {
  const { ecr, repositoryName } = await repository()
  const layer = { digest: digestOf('absent') }
  const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType: MANIFEST, layers: [layer] })
  await expect(ecr.send(new Ecr.PutImageCommand({ repositoryName, imageManifest }))).rejects.toMatchObject({
    name: 'LayersNotFoundException',
    message: `Layers with digests '[${layer.digest}]' required for pushing image into repository with name 'app' in the registry with id '000000000000' do not exist`,
  })
  const { uploadId } = await ecr.send(new Ecr.InitiateLayerUploadCommand({ repositoryName }))
  const part = { repositoryName, uploadId, partFirstByte: 5, partLastByte: 6, layerPartBlob: Buffer.from('ab') }
  await expect(ecr.send(new Ecr.UploadLayerPartCommand(part))).rejects.toMatchObject({
    name: 'InvalidLayerPartException',
    lastValidByteReceived: -1,
  })
})

test('gives a URL from which anybody can download a layer', async () => {
  const { ecr, repositoryName, push } = await repository()
  await push('layer')
  const layerDigest = digestOf('layer')
  const { downloadUrl = '' } = await ecr.send(new Ecr.GetDownloadUrlForLayerCommand({ repositoryName, layerDigest }))
  expect(await (await fetch(downloadUrl)).text()).toBe('layer')
})

test('deletes a repository with images only when forced', async () => {
  const { ecr, repositoryName, push } = await repository()
  await push('layer', 'v1')
  await expect(ecr.send(new Ecr.DeleteRepositoryCommand({ repositoryName }))).rejects.toMatchObject({
    name: 'RepositoryNotEmptyException',
    message:
      "The repository with name 'app' in registry with id '000000000000' cannot be deleted because it still contains images",
  })
  await ecr.send(new Ecr.DeleteRepositoryCommand({ repositoryName, force: true }))
  await expect(
    ecr.send(new Ecr.DescribeRepositoriesCommand({ repositoryNames: [repositoryName] })),
  ).rejects.toMatchObject({
    name: 'RepositoryNotFoundException',
    message: "The repository with name 'app' does not exist in the registry with id '000000000000'",
  })
})

test('finds nothing in a scan, and no scan where there was none', async () => {
  const { ecr, repositoryName, push } = await repository()
  await push('layer', 'v1')
  const image = { repositoryName, imageId: { imageTag: 'v1' } }
  await expect(ecr.send(new Ecr.DescribeImageScanFindingsCommand(image))).rejects.toBeInstanceOf(
    Ecr.ScanNotFoundException,
  )
  await ecr.send(new Ecr.StartImageScanCommand(image))
  const { imageScanStatus, imageScanFindings } = await ecr.send(new Ecr.DescribeImageScanFindingsCommand(image))
  expect([imageScanStatus?.status, imageScanFindings?.findings]).toEqual(['COMPLETE', []])
})

test('refuses lifecycle policies that ECR could not carry out', async () => {
  const { ecr, repositoryName } = await repository()
  const rule = (rulePriority: number, selection: object) => ({ rulePriority, selection, action: { type: 'expire' } })
  const put = (lifecyclePolicyText: string) =>
    ecr.send(new Ecr.PutLifecyclePolicyCommand({ repositoryName, lifecyclePolicyText }))
  const problem = (text: string) =>
    `Invalid parameter at 'LifecyclePolicyText' failed to satisfy constraint: 'Lifecycle policy validation failure: ${text}'`
  await expect(put('{')).rejects.toThrow(problem('Could not map policyString into LifecyclePolicy.'))
  await expect(put(JSON.stringify({ rules: [rule(1, { tagStatus: 'tagged' })] }))).rejects.toThrow(
    problem('Must specify tagPrefixList or tagPatternList when tagStatus=TAGGED.'),
  )
  await expect(
    put(JSON.stringify({ rules: [rule(1, { tagStatus: 'any' }), rule(2, { tagStatus: 'untagged' })] })),
  ).rejects.toThrow(problem('Rule for tagStatus=ANY must have the lowest priority.'))
  const good = JSON.stringify({ rules: [rule(1, { tagStatus: 'untagged' }), rule(2, { tagStatus: 'any' })] })
  await put(good)
  const { lifecyclePolicyText } = await ecr.send(new Ecr.GetLifecyclePolicyCommand({ repositoryName }))
  expect(lifecyclePolicyText).toBe(good)
})

test('has a registry of its own in every region', async () => {
  const { aws, ecr, repositoryName } = await repository()
  const other = new Ecr.ECRClient({ ...aws.client, region: 'eu-west-1' })
  await other.send(new Ecr.CreateRepositoryCommand({ repositoryName }))
  const uris = await Promise.all(
    [ecr, other].map(async (client) => {
      const { repositories } = await client.send(new Ecr.DescribeRepositoriesCommand({}))
      const { authorizationData } = await client.send(new Ecr.GetAuthorizationTokenCommand({}))
      return { uri: repositories?.[0]?.repositoryUri, endpoint: authorizationData?.[0]?.proxyEndpoint }
    }),
  )
  expect(new Set(uris.map(({ uri }) => uri)).size).toBe(2)
  expect(uris.map(({ uri }) => `http://${uri}`)).toEqual(uris.map(({ endpoint }) => `${endpoint}/app`))
})
