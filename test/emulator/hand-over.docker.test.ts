import { ECR } from '@aws-sdk/client-ecr'
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest'
import { registryUpload } from '../../src/host/registry-upload.ts'
import { saveCommand } from '../../src/plan/docker.ts'
import { busyboxImage, docker, startEcsOnDocker } from '../support/ecs-docker.ts'
import { INDEX, login, putManifest } from '../support/registry.ts'
import { separateEngine } from '../support/separate-engine.ts'

const engine = await separateEngine()
afterAll(() => engine?.close())
beforeEach(() => {
  if (engine) vi.stubEnv('DOCKER_HOST', engine.host)
})
afterEach(() => {
  vi.unstubAllEnvs()
})

/** A repository with busybox in it, saved there by an engine that cannot reach the registry, and gone from the engine. */
async function pushed() {
  const ecs = await startEcsOnDocker()
  const ecr = new ECR(ecs.aws.client)
  const { repository } = await ecr.createRepository({ repositoryName: 'app' })
  const repositoryUri = repository?.repositoryUri ?? ''
  const { call, authorizationToken } = await login(ecr)
  const password = Buffer.from(authorizationToken, 'base64').toString().replace('AWS:', '')
  const image = busyboxImage()
  await registryUpload.saved(saveCommand(image), { repositoryUri, tag: 'v1', password })
  docker('image', 'rm', '--force', image)
  const { imageDetails } = await ecr.describeImages({ repositoryName: 'app' })
  return { ...ecs, call, repositoryUri, digest: imageDetails?.[0]?.imageDigest ?? '' }
}

const command = ['/bin/busybox', 'echo', 'handed over']

test.runIf(engine)('hands an image over to an engine that cannot reach the registry (needs root)', async () => {
  const { repositoryUri, digest, run, reached, lines } = await pushed()
  expect(() => docker('pull', `${repositoryUri}@${digest}`)).toThrow(/connection refused/)
  const arn = await run({ image: `${repositoryUri}@${digest}`, command })
  expect(await reached(arn, 'STOPPED')).toMatchObject({
    stoppedReason: 'Essential container in task exited',
    containers: [{ exitCode: 0, imageDigest: digest }],
  })
  expect(await lines(arn, 1)).toEqual(['handed over'])
  const again = await run({ image: `${repositoryUri}:v1`, command })
  await reached(again, 'STOPPED')
  expect(await lines(again, 1)).toEqual(['handed over'])
})

test.runIf(engine)('hands over the image for the platform of the engine from an index (needs root)', async () => {
  const { call, repositoryUri, digest, run, reached, lines } = await pushed()
  const manifest = await call(`/v2/app/manifests/${digest}`, { headers: { accept: '*/*' } })
  const mediaType = manifest.headers.get('content-type') ?? ''
  const size = (await manifest.text()).length
  const platform = (architecture: string) => ({ mediaType, digest, size, platform: { os: 'linux', architecture } })
  const manifests = [
    { ...platform('unknown'), platform: { os: 'unknown', architecture: 'unknown' } },
    platform(docker('version', '--format', '{{.Server.Arch}}')),
  ]
  const index = JSON.stringify({ schemaVersion: 2, mediaType: INDEX, manifests })
  expect((await putManifest(call, 'index', index, INDEX)).status).toBe(201)
  const arn = await run({ image: `${repositoryUri}:index`, command })
  expect(await reached(arn, 'STOPPED')).toMatchObject({ containers: [{ exitCode: 0 }] })
  expect(await lines(arn, 1)).toEqual(['handed over'])
})

test.runIf(engine)('says that an image is not there when neither way leads to it (needs root)', async () => {
  const { repositoryUri, run, reached, containers } = await pushed()
  const arn = await run({ image: `${repositoryUri}:missing`, command })
  expect(await reached(arn, 'STOPPED')).toMatchObject({
    stopCode: 'TaskFailedToStart',
    stoppedReason: expect.stringMatching(/^CannotPullContainerError: .*connection refused/),
  })
  expect(containers()).toBe('')
})
