import { expect, test } from 'vitest'
import { deploy, presentDeploy } from '../../src/commands/deploy.ts'
import { presentStatus, status } from '../../src/commands/status.ts'
import type { UserError } from '../../src/errors.ts'
import { flags, type TestWorld, testWorld } from '../support/context.ts'
import { stackResources } from '../support/deployed.ts'
import { balancers, check } from '../support/visitors.ts'

const deployed = async (world: TestWorld, http: string, nlb = '') => {
  world.write({
    'img2vid.yaml': `app: demo\nservices: { web: { image: { location: web, port: 80 }, http: ${http}${nlb && `, nlb: ${nlb}`} } }\n`,
  })
  return deploy(flags, world.context)
}

const recordsIn = (world: TestWorld) =>
  stackResources(world, 'AWS::Route53::RecordSet').map(
    ({ AliasTarget }) => (AliasTarget as { DNSName: string }).DNSName,
  )

test('each host of a service, and its other load balancer, are told of', async () => {
  const world = await testWorld()
  const result = await deployed(
    world,
    `{ ${check}, alias: [www.example.com, '*.www.example.com'], additional_rules: [{ path: /a, ${check}, alias: admin.example.com, hosted_zone: example.com }, { path: /b, ${check}, alias: Admin.example.com }] }`,
    '{ port: 1883, target_port: 80, alias: [mqtt.example.com] }',
  )
  const { all } = await balancers(world)
  const [open, network] = ['application', 'network'].map((type) => all.find(({ Type }) => Type === type)?.DNSName)
  const url = 'http://www.example.com'
  const networkUrl = `tcp://${network}`
  expect(result.services.web).toMatchObject({ url, networkUrl })
  expect(presentDeploy(result).match(/^ {2}(web|curl) .*/gm)).toEqual([
    expect.stringMatching(`^  web  ${url}, ${networkUrl}  web`),
    ...['www', 'admin'].map(
      (name) => `  curl -H 'Host: ${name}.example.com' http://${open} asks for ${name}.example.com here`,
    ),
  ])
  const { local: _here, ...elsewhere } = result
  expect(presentDeploy(elsewhere).match(/^.* needs a DNS record.*/gm)).toEqual([
    `  www.example.com needs a DNS record, CNAME or alias, that points at ${open}`,
    `  *.www.example.com needs a DNS record, CNAME or alias, that points at ${open}`,
    `  mqtt.example.com needs a DNS record, CNAME or alias, that points at ${network}`,
  ])
  const seen = await status(flags, world.context)
  expect(seen.environments.dev?.services.web).toMatchObject({ url, networkUrl })
  expect(presentStatus(seen)).toContain(`${url}, ${networkUrl}`)
})

test('a record follows its service inside and back, and another stack cannot have it too', async () => {
  const world = await testWorld()
  const named = `${check}, alias: www.example.com, hosted_zone: example.com`
  const seen = []
  for (const where of ['', ', internal: true', '']) {
    await deployed(world, `{ ${named}${where} }`)
    const { all } = await balancers(world)
    const there = recordsIn(world)
    seen.push(all.map(({ Scheme, DNSName }) => [Scheme, there.map((name) => name === DNSName)]))
  }
  expect(seen).toEqual(['internet-facing', 'internal', 'internet-facing'].map((scheme) => [[scheme, [true]]]))

  const mistake = await deployed(
    world,
    'false',
    '{ port: 80, alias: www.example.com, hosted_zone: example.com }',
  ).catch((error: UserError) => error)
  expect(mistake).toMatchObject({ outcome: 'rolled-back' })
  expect((mistake as Error).message).toContain(
    "Tried to create resource record set [name='www.example.com.', type='A'] but it already exists",
  )
})
