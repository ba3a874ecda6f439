import { ECR } from '@aws-sdk/client-ecr'
import { ECS } from '@aws-sdk/client-ecs'
import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { flags, testWorld } from '../support/context.ts'
import { problemsOf, serviceManifest } from '../support/problems.ts'

const manifest = `
app: demo
repository: { immutable: false, scan_on_push: false, encryption: kms, lifecycle: { keep: 7, untagged: 3 } }
services:
  web: { image: { build: . } }
  proxy: { image: { location: 'registry.example.com/proxy:1', credentials: team/registry } }
`

test('repositories are as the manifest says, and a private image is pulled with a secret', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest, Dockerfile: 'FROM scratch\n' } })
  const secrets = new SecretsManager(world.aws.client)
  await secrets.createSecret({ Name: 'team/registry', SecretString: '{"username":"me","password":"word"}' })
  await deploy(flags, world.context)

  const ecr = new ECR(world.aws.client)
  const { repositories } = await ecr.describeRepositories({})
  expect(repositories).toMatchObject([
    {
      repositoryName: 'demo/web',
      imageTagMutability: 'MUTABLE',
      imageScanningConfiguration: { scanOnPush: false },
      encryptionConfiguration: { encryptionType: 'KMS' },
    },
  ])
  const { lifecyclePolicyText = '' } = await ecr.getLifecyclePolicy({ repositoryName: 'demo/web' })
  const { rules } = JSON.parse(lifecyclePolicyText) as { rules: { selection: { countNumber: number } }[] }
  expect(rules.map(({ selection }) => selection.countNumber)).toEqual([3, 7])

  const ecs = new ECS(world.aws.client)
  const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: 'demo-dev-proxy' })
  expect(taskDefinition?.containerDefinitions?.[0]?.repositoryCredentials).toEqual({
    credentialsParameter: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:team/registry',
  })
})

test.each([
  ['{ image: { build: ., credentials: x } }', 'is for an image that exists, not for one that is built'],
  [
    '{ image: { location: public.ecr.aws/nginx/nginx, credentials: x } }',
    'ECR needs none: the tasks’ execution role may pull',
  ],
])('refuses credentials where they are no use: %s', (settings, message) => {
  expect(problemsOf(serviceManifest(settings))).toEqual([
    expect.stringContaining(`services.web.image.credentials  ${message}`),
  ])
})
