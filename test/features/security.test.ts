import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { flags, testWorld } from '../support/context.ts'
import { environmentOf } from '../support/manifests.ts'
import { problemsOf } from '../support/problems.ts'

const CERTIFICATE = 'arn:aws:acm:us-east-1:123456789012:certificate/0a1b2c3d'
const manifest = (environment: string, service = '') => `
app: demo
services:
  web: { image: { location: 'nginx:1', port: 80 }, http: { healthcheck: { grace_period: 5s } } ${service} }
environments:
  dev: { certificate: '${CERTIFICATE}', ${environment} }
`

test('a strict environment is deployed, protected from deletion, and goes once that is taken back', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest('security: strict') } })
  const { services } = await deploy(flags, world.context)
  expect(services.web?.url).toMatch(/^https:/)
  const notes = world.shown.flatMap((one) => (one.type === 'note' ? [one.text] : []))
  expect(notes.join()).toContain('containers run as 65532:65532')

  await expect(destroy(flags, world.context)).rejects.toMatchObject({
    outcome: 'preflight',
    message: expect.stringContaining('protected from deletion; nothing was touched'),
  })

  world.write({
    'img2vid.yaml': manifest(
      "security: strict, http: { public: { attributes: { deletion_protection.enabled: 'false' } } }",
    ),
  })
  await deploy(flags, world.context)
  expect(await destroy(flags, world.context)).toMatchObject({ changed: true })
})

test('whatever a profile says can be said otherwise, by the manifest, an environment or a service', () => {
  const { settings, network, services } = environmentOf(
    manifest('security: strict, firewall: false, network: { vpc: { nat: zone } }', ", user: '1000'"),
  )
  expect(settings).toMatchObject({ firewall: false, encryption: 'own', observability: { container_insights: true } })
  expect(network).toMatchObject({ nat: 'zone', hasPrivateSubnets: true, flowLogDays: 365 })
  expect(services[0]).toMatchObject({
    placement: 'private',
    settings: { user: '1000', logging: { retention: 365 }, storage: { readonly_fs: true } },
  })
  const own = '{ id: vpc-1, subnets: { public: [subnet-1, subnet-2], private: [subnet-3, subnet-4] } }'
  expect(environmentOf(manifest(`security: strict, network: { vpc: ${own} }`)).network).toMatchObject({
    kind: 'existing',
    privateSubnets: ['subnet-3', 'subnet-4'],
  })
})

test('strict without a certificate is refused where anything is served', () => {
  const yaml = (service: string) => `app: a\nservices: { web: ${service} }\nsecurity: strict\n`
  expect(problemsOf(yaml('{ image: { port: 80 } }'))).toEqual([
    expect.stringContaining('3:11  security  needs a certificate'),
  ])
  expect(problemsOf(yaml('{ image: { port: 80 }, http: false }'))).toEqual([])
})
