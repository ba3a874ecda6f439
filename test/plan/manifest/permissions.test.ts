import { expect, test } from 'vitest'
import { problemsOf, serviceManifest } from '../../support/problems.ts'

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
