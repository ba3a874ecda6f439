import { readdirSync, readFileSync } from 'node:fs'
import { SSM } from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { environmentNames, readManifest } from '../../src/plan/manifest/read.ts'
import { flags, testWorld } from '../support/context.ts'
import { environmentOf } from '../support/manifests.ts'

const folder = new URL('../plan/golden/', import.meta.url)

/** What manifests name of an account that this one has not. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  doors: 'a health check at a port of its own, which simulated tasks do not answer',
  'env-file': 'a file of variables in S3',
  guests: 'a VPC',
  'named-balancer': 'a VPC and a load balancer',
  imports: 'a stack that exports; test/features/imports.test.ts has one',
  images: 'the secret of a registry',
  'own-vpc': 'a VPC',
  permissions: 'a permissions boundary',
  private: 'security groups',
  shop: 'a VPC',
  sidecars: 'the secret of a registry',
  storage: 'a file system',
  strict: 'it is protected from deletion; test/features/security.test.ts has it',
  tenants: 'a VPC and a load balancer',
}
const names = readdirSync(folder).filter((name) => !Object.hasOwn(ELSEWHERE, name))

test.each(names)('the reviewed stacks of %s are deployed, found as they should be, and taken away', async (name) => {
  const manifest = readFileSync(new URL(`${name}/manifest.yaml`, folder), 'utf8')
  const env = environmentNames(readManifest(manifest, 'manifest.yaml').manifest).at(-1) ?? 'dev'
  const { services, region } = environmentOf(manifest, env)
  const dockerfiles = services.flatMap(({ image }) => (image.kind === 'build' ? [image.dockerfile] : []))
  const { context, aws } = await testWorld({
    files: {
      'img2vid.yaml': manifest,
      Dockerfile: 'FROM scratch\n',
      'scanner/Dockerfile': 'FROM scratch\n',
      ...Object.fromEntries(dockerfiles.map((file) => [file, 'FROM scratch\n'])),
    },
  })
  const parameters = services.flatMap(({ secrets }) => Object.values(secrets).filter(({ from }) => from === 'ssm'))
  const ssm = new SSM({ ...aws.client, ...(region !== undefined && { region }) })
  for (const { reference } of parameters) {
    await ssm.putParameter({ Name: reference, Value: 'secret', Type: 'SecureString', Overwrite: true })
  }
  const all = { ...flags, env, skipChecks: true }
  expect(await deploy(all, context)).toMatchObject({ changed: true })
  expect(await deploy(all, context)).toMatchObject({ changed: false })
  expect(await destroy({ ...all, images: true }, context)).toMatchObject({ changed: true, left: [] })
})
