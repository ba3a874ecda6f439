import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { S3 } from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { deploy } from '../../src/commands/deploy.ts'
import { destroy } from '../../src/commands/destroy.ts'
import { flags, testWorld } from '../support/context.ts'

const services = Array.from(
  { length: 10 },
  (_, at) => `  model-${at}: { image: { location: 'a:1' }, compute: gpu, count: 0 }`,
)
const manifest = `app: big\nservices:\n${services.join('\n')}\n`

test('a template that no request holds goes through a private bucket, which is made, said and taken away', async () => {
  const world = await testWorld({ files: { 'img2vid.yaml': manifest } })
  const [api, s3] = [new CloudFormation(world.aws.client), new S3(world.aws.client)]
  const deployed = await deploy(flags, world.context)
  const note = expect.stringMatching(/^the template of big-dev has \d{5} bytes, .* the stack big--templates has$/)
  expect(deployed.notes.at(-1)).toEqual(note)
  expect(world.shown).toContainEqual({ type: 'note', text: note })

  const { TemplateBody = '' } = await api.getTemplate({ StackName: 'big-dev' })
  expect(Buffer.byteLength(TemplateBody)).toBeGreaterThan(51_200)
  const { Buckets: [bucket] = [] } = await s3.listBuckets({})
  const Bucket = bucket?.Name ?? ''
  const { Contents } = await s3.listObjectsV2({ Bucket })
  expect(Contents?.map(({ Key }) => Key)).toEqual([expect.stringMatching(/^big-dev\/[0-9a-f]{16}\.yaml$/)])
  const { PublicAccessBlockConfiguration } = await s3.getPublicAccessBlock({ Bucket })
  expect(Object.values(PublicAccessBlockConfiguration ?? {})).toEqual([true, true, true, true])
  const { Policy = '' } = await s3.getBucketPolicy({ Bucket })
  expect(JSON.parse(Policy)).toMatchObject({
    Statement: [{ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }],
  })
  const { Rules } = await s3.getBucketLifecycleConfiguration({ Bucket })
  expect(Rules).toMatchObject([{ Status: 'Enabled', Expiration: { Days: 1 } }])

  expect(await deploy(flags, world.context)).toMatchObject({
    changed: false,
    notes: expect.not.arrayContaining([note]),
  })
  expect((await destroy(flags, world.context)).stacks).toContain('big--templates')
  expect((await s3.listBuckets({})).Buckets).toEqual([])
}, 60_000)
