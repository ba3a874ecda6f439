import { ECR } from '@aws-sdk/client-ecr'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { push } from '../../src/commands/push.ts'
import { flags, testWorld } from '../support/context.ts'

const manifest = (services: readonly string[], environments: string) =>
  ['app: demo', 'services:', ...services.map((one) => `  ${one}`), 'environments:', environments, ''].join('\n')

const WEB = 'web: { image: { build: . } }'
const API = 'api: { image: { build: . } }'

test('a service that left the manifest keeps its repository until it is destroyed, and holds up nobody', async () => {
  const { context, write, aws } = await testWorld({
    files: { 'img2vid.yaml': manifest([WEB, API], '  dev: {}'), Dockerfile: 'FROM scratch\n' },
  })
  const repositories = () => Object.keys(aws.emulator.world.state.regions['us-east-1']?.ecr.repositories ?? {}).sort()
  await deploy(flags, context)
  write({ 'img2vid.yaml': manifest([WEB], '  dev: {}') })
  expect(await deploy(flags, context)).toMatchObject({ changed: false })
  write({ 'img2vid.yaml': manifest(['new: { image: { build: . } }', WEB], '  dev: {}') })
  expect(await deploy(flags, context)).toMatchObject({ changed: true, services: { new: { changed: true } } })
  expect(repositories()).toEqual(['demo/api', 'demo/new', 'demo/web'])
  expect(await push(flags, context)).toMatchObject({ images: { new: { pushed: false }, web: { pushed: false } } })
  expect(await destroy({ ...flags, images: true }, context)).toMatchObject({ images: 3, left: [] })
  expect(repositories()).toEqual([])
})

test('an environment that takes an image from elsewhere leaves the repository to the others', async () => {
  const elsewhere = "  prod: { services: { api: { image: { location: 'nginx:1' } } } }"
  const { context } = await testWorld({
    files: { 'img2vid.yaml': manifest([WEB, API], `  dev: {}\n${elsewhere}`), Dockerfile: 'FROM scratch\n' },
  })
  const environment = (env: string) => deploy({ ...flags, env }, context)
  await environment('dev')
  expect(await environment('prod')).toMatchObject({ services: { api: { image: 'nginx:1' } } })
  expect(await environment('dev')).toMatchObject({ changed: false })
})

const settings = (repository: string) => `repository: ${repository}\n${manifest([WEB], '  dev: {}\n  prod: {}')}`

test('what the manifest says of repositories is deployed though nothing else changes', async () => {
  const { context, write, aws } = await testWorld({
    files: { 'img2vid.yaml': manifest([WEB], '  dev: {}\n  prod: {}'), Dockerfile: 'FROM scratch\n' },
  })
  const ecr = new ECR(aws.client)
  const made = async () => {
    const { repositories: [repository] = [] } = await ecr.describeRepositories({ repositoryNames: ['demo/web'] })
    const { lifecyclePolicyText = '' } = await ecr.getLifecyclePolicy({ repositoryName: 'demo/web' })
    const { rules } = JSON.parse(lifecyclePolicyText) as { rules: { selection: { countNumber: number } }[] }
    return {
      scan: repository?.imageScanningConfiguration?.scanOnPush,
      tags: repository?.imageTagMutability,
      encryption: repository?.encryptionConfiguration?.encryptionType,
      numbers: rules.map(({ selection }) => selection.countNumber),
    }
  }
  const in_ = (env: string) => deploy({ ...flags, env }, context)
  await in_('dev')
  await in_('prod')
  expect(await made()).toEqual({ scan: true, tags: 'IMMUTABLE', encryption: 'AES256', numbers: [14, 500] })
  write({ 'img2vid.yaml': settings('{ scan_on_push: false, immutable: false, lifecycle: { keep: 7 } }') })
  expect(await in_('dev')).toMatchObject({ changed: true, services: { web: { changed: false } } })
  expect(await made()).toEqual({ scan: false, tags: 'MUTABLE', encryption: 'AES256', numbers: [14, 7] })
  expect(await in_('prod')).toMatchObject({ changed: false })
})

test('a repository that exists keeps its encryption, which is said; new ones have what the manifest says', async () => {
  const { context, write, aws, shown } = await testWorld({
    files: { 'img2vid.yaml': manifest([WEB], '  dev: {}'), Dockerfile: 'FROM scratch\n' },
  })
  const ecr = new ECR(aws.client)
  const encryption = async () =>
    Object.fromEntries(
      ((await ecr.describeRepositories({})).repositories ?? []).map((one) => [
        one.repositoryName,
        one.encryptionConfiguration?.encryptionType,
      ]),
    )
  await deploy(flags, context)
  write({
    'img2vid.yaml': `repository: { encryption: kms, scan_on_push: false }\n${manifest([WEB, API], '  dev: {}')}`,
  })
  const kept =
    'demo/web stays encrypted as it is (AES256): AWS changes that for no repository that exists; another name under image.repository makes a new one'
  expect(await deploy(flags, context)).toMatchObject({ changed: true, notes: [kept] })
  expect(shown).toContainEqual({ type: 'note', text: kept })
  expect(await encryption()).toEqual({ 'demo/api': 'KMS', 'demo/web': 'AES256' })
  expect(await push(flags, context)).toMatchObject({ images: { web: { pushed: false }, api: { pushed: false } } })
  expect(await deploy(flags, context)).toMatchObject({ changed: false, notes: [kept] })
})
