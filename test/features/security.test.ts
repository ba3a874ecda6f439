import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import type { Fields } from '../../src/emulator/cloudformation/template.ts'
import { flags, testWorld } from '../support/context.ts'
import { environmentOf, stacksOf } from '../support/manifests.ts'
import { problemsOf } from '../support/problems.ts'
import { prove } from '../support/proof.ts'

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
  expect(problemsOf(yaml('{ image: { port: 80 }, http: { internal: true } }'))).toEqual([
    expect.stringContaining('3:11  security  needs http.private.certificates for internal services'),
  ])
})

test('strict on Windows is another user, and no root file system that Windows cannot seal', () => {
  const windows = ", platform: windows/amd64, cpu: 1024, memory: 2048, sidecars: { log: { image: 'log:1' } }"
  const [service] = environmentOf(manifest('security: strict', windows)).services
  expect(service?.settings).toMatchObject({ user: 'ContainerUser', sidecars: { log: { user: 'ContainerUser' } } })
  expect(service?.settings.storage).toBeUndefined()
})

test('strict goes with a load balancer that exists, whose settings are its own', () => {
  const { settings } = environmentOf(`
app: demo
services: { web: { image: { location: 'nginx:1', port: 80 } } }
security: strict
network: { vpc: { id: vpc-1, subnets: { public: [subnet-1, subnet-2], private: [subnet-3, subnet-4] } } }
http:
  public:
    load_balancer:
      https_listener: arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/shared/1/2
      security_group: sg-1
      dns_name: shared.example.com
`)
  expect(Object.keys(settings.http?.public ?? {})).toEqual(['load_balancer'])
})

test('every load balancer of a strict environment is protected, and each is named', async () => {
  const services = `
app: demo
services:
  web: { image: { location: 'nginx:1', port: 80 }, http: { internal: true, healthcheck: { grace_period: 5s } } }
  mail: { image: { location: 'mail:1', port: 25 }, http: false, nlb: { port: 25 } }
`
  const strict = `environments: { dev: { security: strict, http: { private: { certificates: ['${CERTIFICATE}'] } } } }`
  const world = await testWorld({ files: { 'img2vid.yaml': services + strict } })
  await deploy(flags, world.context)
  const off = "attributes: { deletion_protection.enabled: 'false' }"
  await expect(destroy(flags, world.context)).rejects.toMatchObject({
    message: 'load balancers of dev are protected from deletion; nothing was touched',
    hint: `set environments.dev.http.public.${off} and environments.dev.http.private.${off} and environments.dev.services.mail.nlb.${off} in img2vid.yaml, run img2vid deploy --env dev, then destroy`,
  })
  await expect(destroy({ ...flags, service: 'mail' }, world.context)).rejects.toMatchObject({
    hint: `set environments.dev.services.mail.nlb.${off} in img2vid.yaml, run img2vid deploy --env dev, then destroy`,
  })
  expect(await destroy({ ...flags, service: 'web' }, world.context)).toMatchObject({ changed: true })
})

test('what is added beside a container without root is without it too; Fluent Bit needs files for S3', () => {
  const sealed = (settings: string) => {
    const { resources } = prove(
      stacksOf(environmentOf(`app: a\nservices: { web: { image: { location: 'web:1' }, ${settings} } }\n`)),
    )
    const [task] = resources.filter(({ type }) => type === 'AWS::ECS::TaskDefinition')
    const [, ...added] = (task?.properties.ContainerDefinitions ?? []) as Fields[]
    return added.map(({ Name, User, ReadonlyRootFilesystem }) => [Name, User, ReadonlyRootFilesystem])
  }
  const added = (Name: string) => `logging: { destination: { Name: ${Name} } }, observability: { tracing: awsxray }`
  expect(sealed(added('firehose'))).toEqual([
    ['firelens_log_router', undefined, undefined],
    ['aws-otel-collector', undefined, undefined],
  ])
  expect(sealed(`user: app, storage: { readonly_fs: true }, ${added('s3')}`)).toEqual([
    ['firelens_log_router', '65532:65532', undefined],
    ['aws-otel-collector', '65532:65532', true],
  ])
  expect(sealed(`user: root, storage: { readonly_fs: true }, ${added('firehose')}`)).toEqual([
    ['firelens_log_router', undefined, true],
    ['aws-otel-collector', undefined, true],
  ])
})
