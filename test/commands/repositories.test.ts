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
