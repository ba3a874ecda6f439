import { ECR } from '@aws-sdk/client-ecr'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { render } from '../../src/commands/render.ts'
import { presentStatus, status } from '../../src/commands/status.ts'
import { flags, testWorld } from '../support/context.ts'
import { problemsOf } from '../support/problems.ts'

const manifest = `
app: demo
services:
  web:
    image: { location: 'nginx:1' }
    sidecars:
      scanner: { image: { build: { context: scanner, target: prod } } }
      cache: { image: 'redis:8' }
`

test('a sidecar is built into a repository of its own, and deployed by its digest', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest, 'scanner/Dockerfile': 'FROM scratch AS prod\n' } })
  const [ecr, ecs] = [new ECR(world.aws.client), new ECS(world.aws.client)]
  await deploy(flags, world.context)
  const { repositories: [repository] = [] } = await ecr.describeRepositories({})
  expect(repository?.repositoryName).toBe('demo/web-scanner')
  const images = async () => {
    const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: 'demo-dev-web' })
    return taskDefinition?.containerDefinitions?.map(({ image }) => image)
  }
  const before = await images()
  expect(before).toEqual(['nginx:1', expect.stringMatching(/\/demo\/web-scanner@sha256:[0-9a-f]{64}$/), 'redis:8'])
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false })
  const seen = await status(flags, world.context)
  const [, scanner = '', cache] = before ?? []
  const sidecars = { scanner, cache }
  expect(seen).toMatchObject({ environments: { dev: { services: { web: { image: 'nginx:1', sidecars } } } } })
  const digest = scanner.split('@sha256:')[1]?.slice(0, 12)
  expect(presentStatus(seen)).toContain(`  dev  web  sidecar scanner  ${digest}\n  dev  web  sidecar cache  redis:8`)

  world.write({ 'scanner/Dockerfile': 'FROM scratch AS prod\nLABEL a=b\n' })
  await deploy(flags, world.context)
  expect((await images())?.[1]).not.toBe(before?.[1])
  const { stacks } = await render(flags, world.context)
  expect(stacks.find(({ name }) => name === 'demo-dev-web')?.parameters).toContainEqual({
    ParameterKey: 'ScannerImageReference',
    ParameterValue: expect.stringMatching(/^:content-[0-9a-f]{16}$/),
  })
})

test('refuses a service whose images would be those of a sidecar', () => {
  const more = `${manifest}  web-scanner: { image: { build: . } }\n`
  expect(problemsOf(more)).toEqual([
    expect.stringContaining('is the repository of web-scanner already; each service has one of its own'),
  ])
})
