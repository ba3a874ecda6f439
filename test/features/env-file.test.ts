import { ECS } from '@aws-sdk/client-ecs'
import { S3 } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { flags, testWorld } from '../support/context.ts'
import { problemsOf, serviceManifest } from '../support/problems.ts'

const manifest = (file: string, more = '') => `
app: demo
services:
  web: { image: { location: 'nginx:1' }, env_file: '${file}', variables: { B: own } ${more} }
`

test('a file beside the manifest becomes variables, each time as it is then', async () => {
  const settings = '# of all\nA=1 2\nB=from the file\nC="quoted"\n'
  const world = await testWorld({ files: { 'img2vid.yaml': manifest('web.env'), 'web.env': settings } })
  const ecs = new ECS(world.aws.client)
  const variables = async () => {
    const { taskDefinition } = await ecs.describeTaskDefinition({ taskDefinition: 'demo-dev-web' })
    const { environment = [] } = taskDefinition?.containerDefinitions?.[0] ?? {}
    return Object.fromEntries(environment.map(({ name, value }) => [name, value]))
  }
  await deploy(flags, world.context)
  expect(await variables()).toEqual({ A: '1 2', B: 'own', C: '"quoted"' })
  expect(await deploy(flags, world.context)).toMatchObject({ changed: false })
  world.write({ 'web.env': 'A=3\n' })
  await deploy(flags, world.context)
  expect(await variables()).toEqual({ A: '3', B: 'own' })
})

test.each([
  ['that is not there', undefined, '', ['there is no web.env']],
  [
    'with lines that say nothing',
    'A=1\nB\n-C=2',
    '',
    ['web.env: line 2 is not NAME=value', 'web.env: line 3 is not NAME=value'],
  ],
  [
    'that holds a key',
    'AWS_SECRET_ACCESS_KEY=x',
    '',
    [expect.stringMatching(/^web.env: AWS_SECRET_ACCESS_KEY keys do not belong here/)],
  ],
  [
    'that says a secret',
    'KEY=x',
    ', secrets: { KEY: /key }',
    ['web.env: KEY is a variable too; one of them has to go'],
  ],
])('refuses a file %s', async (_what, text, more, problems) => {
  const files = { 'img2vid.yaml': manifest('web.env', more), ...(text !== undefined && { 'web.env': text }) }
  const world = await testWorld({ files })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({
    outcome: 'usage',
    problems: problems.map((message) => ({ path: 'services.web.env_file', message })),
  })
})

test('tells of all files in one go, each where the manifest names it', async () => {
  const services = `
app: demo
services:
  web:
    image: { location: 'nginx:1' }
    env_file: web.env
    sidecars: { proxy: { image: 'nginx:1', env_file: gone.env }, agent: { image: 'nginx:1', env_file: good.env } }
  api: { image: { location: 'nginx:1' }, http: false, env_file: gone.env }
`
  const world = await testWorld({ files: { 'img2vid.yaml': services, 'web.env': 'A', 'good.env': 'A=1' } })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({
    outcome: 'usage',
    problems: [
      { path: 'services.web.env_file', message: 'web.env: line 1 is not NAME=value' },
      { path: 'services.web.sidecars.proxy.env_file', message: 'there is no gone.env' },
      { path: 'services.api.env_file', message: 'there is no gone.env' },
    ],
  })
})

test('a file in S3 is read by ECS when the task starts, and a deployment without it fails with the reason', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest('arn:aws:s3:::team-settings/web.env') } })
  await expect(deploy(flags, world.context)).rejects.toMatchObject({ outcome: 'preflight' })
  const unchecked = deploy({ ...flags, skipChecks: true }, world.context)
  await expect(unchecked).rejects.toThrow(/failed to download env files: .*NoSuchBucket/)
  const s3 = new S3(world.aws.client)
  await s3.createBucket({ Bucket: 'team-settings' })
  await s3.putObject({ Bucket: 'team-settings', Key: 'web.env', Body: 'A=1\n' })
  expect(await deploy(flags, world.context)).toMatchObject({ changed: true })
}, 30_000)

test('refuses an object that ECS would not read', () => {
  expect(problemsOf(serviceManifest('{ env_file: "arn:aws:s3:::bucket/variables.txt" }'))).toEqual([
    expect.stringContaining('services.web.env_file  is no object in S3 that ECS reads: arn:aws:s3:::bucket/path.env'),
  ])
})
