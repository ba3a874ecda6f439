import { expect, test } from 'vitest'
import { environmentOf, stacksOf } from '../../support/manifests.ts'
import { problemsOf, serviceManifest } from '../../support/problems.ts'
import { prove } from '../../support/proof.ts'

const statement = (text: string) => `{ permissions: { statements: [${text}] } }`
const place = '3:38  services.web.permissions.statements[0]'

test.each([
  [
    'everything',
    '{ Effect: Allow, Action: "*", Resource: "*" }',
    'would allow everything; name the actions and what they are for',
  ],
  [
    'all but something',
    '{ Effect: Allow, NotAction: "iam:*", Resource: "*" }',
    'would allow everything; name the actions and what they are for',
  ],
  ['no action', '{ Effect: Allow, Resource: "*" }', 'needs Action or NotAction'],
  ['no resource', '{ Effect: Allow, Action: "s3:Get*" }', 'needs Resource or NotResource'],
  [
    'an action without a service',
    '{ Effect: Allow, Action: GetObject, Resource: "*" }',
    'GetObject is no action; one is written service:Action',
  ],
  ['a name for a resource', '{ Effect: Allow, Action: "s3:GetObject", Resource: models }', 'models is no ARN'],
])('refuses a statement with %s', (_what, text, message) => {
  expect(problemsOf(serviceManifest(statement(text)))).toEqual([`${place}  ${message}`])
})

test('a deny of everything else is no opening', () => {
  const text = '{ Effect: Deny, NotAction: ["s3:*", "sqs:*"], Resource: "*" }'
  expect(problemsOf(serviceManifest(statement(text)))).toEqual([])
})

test('every role of an environment has its boundary, that of instances too', () => {
  const yaml = `
app: shop
network: { vpc: { placement: private } }
permissions: { boundary: team }
services:
  web: { compute: gpu }
  api: { compute: managed, image: { build: ., port: 80 }, http: { path: /api } }
`
  const { faults, resources } = prove(stacksOf(environmentOf(yaml)))
  expect(faults).toEqual([])
  const roles = resources.filter(({ type }) => type === 'AWS::IAM::Role')
  expect(roles.map(({ logicalId }) => logicalId)).toContain('WebInstanceRole')
  const boundary = 'arn:aws:iam::123456789012:policy/team'
  expect(roles.filter(({ properties }) => properties.PermissionsBoundary !== boundary)).toEqual([])
})

test('a bucket is named by its name, its address or its ARN', () => {
  const policies = (read: string) =>
    stacksOf(environmentOf(serviceManifest(`{ permissions: { buckets: { read: ['${read}'] } } }`)))
      .at(-1)
      ?.body.split('PolicyName: buckets')[1]
      ?.split('\n\n')[0]
  const wanted = policies('models/svd')
  expect(wanted).toContain('s3:::models/svd/*')
  expect(['s3://models/svd/', 'arn:aws:s3:::models/svd', 'arn:aws:s3:::models/svd/*'].map(policies)).toEqual(
    Array(3).fill(wanted),
  )
  expect(problemsOf(serviceManifest('{ permissions: { buckets: { read: ["arn:aws:s3:::*"] } } }'))).toEqual([
    '3:43  services.web.permissions.buckets.read[0]  expected a bucket, with an optional prefix: bucket/prefix',
  ])
})
