import { AutoScaling } from '@aws-sdk/client-auto-scaling'
import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { status } from '../../src/commands/status.ts'
import { flags, testWorld } from '../support/context.ts'
import { sharedTime } from '../support/shared-time.ts'
import { visitor } from '../support/visitor.ts'

const manifest = (...services: string[]) => `app: demo\nservices:\n${services.map((one) => `  ${one}\n`).join('')}`
const http = 'http: { path: PATH, healthcheck: { path: /health, grace_period: 5s } }'
const service = (name: string, more = '') =>
  `${name}: { image: { location: example.org/${name}, port: 8080 }, ${http.replace('PATH', name === 'web' ? '/' : `/${name}`)}${more} }`
const gpu = ', compute: gpu, instances: [g6.xlarge]'

async function world(...services: string[]) {
  const made = await testWorld({ files: { 'img2vid.yaml': manifest(...services) }, time: sharedTime() })
  const client = new CloudFormation(made.aws.client)
  const outputs = async () => {
    const { Stacks: [stack] = [] } = await client.describeStacks({ StackName: 'demo-dev' })
    return (stack?.Outputs ?? []).map(({ OutputKey = '' }) => OutputKey)
  }
  const services_ = async () => (await status(flags, made.context)).environments.dev?.services
  const change = (...others: string[]) => made.write({ 'img2vid.yaml': manifest(...others) })
  return { ...made, outputs, services: services_, change }
}

const serving = { running: 1, healthy: 1, deployment: expect.objectContaining({ state: 'COMPLETED' }) }

test('a service moves from a GPU to Fargate, and the instances go after it', async () => {
  const { context, change, outputs, services } = await world(service('web', gpu))
  await deploy(flags, context)
  expect(await outputs()).toContain('WebCapacityProvider')
  change(service('web'))
  expect(await deploy(flags, context)).toMatchObject({ changed: true })
  expect([await services(), (await outputs()).filter((name) => name.startsWith('Web'))]).toMatchObject([
    { web: serving },
    [],
  ])
  expect(await deploy(flags, context)).toMatchObject({ changed: false })
  expect(await destroy({ ...flags, images: true }, context)).toMatchObject({ left: [] })
})

test('a service moves from Fargate to a GPU, by another in its place', async () => {
  const { context, change, services } = await world(service('web'))
  const before = await deploy(flags, context)
  change(service('web', gpu))
  const after = await deploy(flags, context)
  expect(after.services.web).toMatchObject({ changed: true, url: before.services.web?.url })
  expect(await services()).toMatchObject({ web: serving })
  expect(await (await fetch(after.services.web?.url ?? '')).text()).toContain('simulated task')
  expect(await destroy({ ...flags, images: true }, context)).toMatchObject({ left: [] })
})

test.each([
  ['instances without a GPU', ', compute: ec2', gpu],
  ['instances with other processors', ', compute: ec2', ', compute: ec2, platform: linux/arm64'],
])('a service moves from %s, which have no room for its new tasks', async (_from, before, after) => {
  const { aws, context, change, services } = await world(service('web', before))
  await deploy(flags, context)
  change(service('web', after))
  expect(await deploy(flags, context)).toMatchObject({ changed: true })
  expect(await services()).toMatchObject({ web: serving })
  const { AutoScalingGroups: [group] = [] } = await new AutoScaling(aws.client).describeAutoScalingGroups({})
  expect(group).toMatchObject({ MaxSize: 1 })
  expect(await deploy(flags, context)).toMatchObject({ changed: false })
  expect(await destroy({ ...flags, images: true }, context)).toMatchObject({ left: [] })
})

test('nobody who keeps asking notices that a service moves, there and back', async () => {
  const { context, change, services } = await world(service('web'))
  const { services: first } = await deploy(flags, context)
  const asking = visitor(first.web?.url ?? '')
  change(service('web', gpu))
  await deploy(flags, context)
  expect(await services()).toMatchObject({ web: serving })
  change(service('web'))
  await deploy(flags, context)
  const answers = await asking.stop()
  expect(answers).toEqual({ 200: expect.any(Number) })
  expect(answers[200]).toBeGreaterThan(20)
})

test('nobody who keeps asking notices that the container listens on another port', async () => {
  const { context, change, services } = await world(service('web'))
  const { services: first } = await deploy(flags, context)
  const asking = visitor(first.web?.url ?? '')
  change(service('web').replace('8080', '9090'))
  await deploy(flags, context)
  expect(await services()).toMatchObject({ web: serving })
  expect(await asking.stop()).toEqual({ 200: expect.any(Number) })
})

test('a GPU service that leaves the manifest keeps its capacity until it is destroyed', async () => {
  const { context, change, outputs, shown } = await world(service('web'), service('model', gpu))
  await deploy(flags, context)
  change(service('web'))
  expect(await deploy(flags, context)).toMatchObject({ services: { web: { changed: false } } })
  expect(shown).toContainEqual({
    type: 'note',
    text: 'demo-dev-model runs, but the manifest has no such service any more; img2vid destroy --service model takes it away',
  })
  expect(await outputs()).toContain('ModelCapacityProvider')
  expect(await destroy({ ...flags, service: 'model' }, context)).toMatchObject({
    service: 'model',
    stacks: ['demo-dev-model'],
    left: [],
  })
  expect(await deploy(flags, context)).toMatchObject({ changed: true })
  expect((await outputs()).filter((name) => name.startsWith('Model'))).toEqual([])
})

test('one GPU service comes while another leaves', async () => {
  const { context, change, outputs, services } = await world(service('web', gpu), service('model'))
  await deploy(flags, context)
  change(service('web'), service('model', gpu))
  expect(await deploy(flags, context)).toMatchObject({ changed: true })
  expect(await services()).toMatchObject({ web: serving, model: serving })
  const names = await outputs()
  expect([names.includes('ModelCapacityProvider'), names.includes('WebCapacityProvider')]).toEqual([true, false])
})

test('a certificate comes and goes', async () => {
  const { context, write, services } = await world(service('web'))
  const plain = await deploy(flags, context)
  const certificate = 'environments: { dev: { certificate: "arn:aws:acm:us-east-1:123456789012:certificate/1" } }\n'
  write({ 'img2vid.yaml': manifest(service('web')) + certificate })
  const secure = await deploy(flags, context)
  expect(secure.services.web?.url).toBe(plain.services.web?.url?.replace('http:', 'https:'))
  write({ 'img2vid.yaml': manifest(service('web')) })
  expect((await deploy(flags, context)).services.web?.url).toBe(plain.services.web?.url)
  expect(await services()).toMatchObject({ web: serving })
})

test('a service that runs fewer tasks keeps its instances until it surely needs them no more', async () => {
  let crashes = false
  const two = service('web', `${gpu}, count: 2`)
  const one = service('web', `${gpu}, count: 1, variables: { COLOUR: red }`)
  const { context, write, pace, aws } = await testWorld({
    files: { 'img2vid.yaml': manifest(two) },
    behave: ({ environment }) => {
      if (!crashes || environment.COLOUR !== 'red') return {}
      pace(100)
      return { exitCode: 1 }
    },
  })
  const sizes = async () => {
    const { AutoScalingGroups: [group] = [] } = await new AutoScaling(aws.client).describeAutoScalingGroups({})
    return [group?.MinSize, group?.MaxSize]
  }
  await deploy(flags, context)
  crashes = true
  write({ 'img2vid.yaml': manifest(one) })
  await expect(deploy(flags, context)).rejects.toMatchObject({ outcome: 'rolled-back' })
  expect(await sizes()).toEqual([2, 2])
  crashes = false
  expect((await deploy(flags, context)).services.web).toMatchObject({ changed: true })
  expect(await sizes()).toEqual([1, 1])
})
