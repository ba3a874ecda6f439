import { CloudFormation } from '@aws-sdk/client-cloudformation'
import { EC2 } from '@aws-sdk/client-ec2'
import { ECS } from '@aws-sdk/client-ecs'
import { expect, test } from 'vitest'
import { AwsError } from '../../src/emulator/errors.ts'
import { catalogue, type ServiceName } from '../../src/emulator/wire/catalogue.ts'
import { readSchemas } from '../../src/emulator/wire/schema.ts'
import { anySdk, emptyValue } from '../support/synthesis.ts'
import { listen, signed } from '../support/wire.ts'

const TEXT = `<b> & "quotes" 'é漢'`

const services = Object.keys(catalogue) as ServiceName[]

test.each(services)('%s: every modelled error arrives as its own class, with its words', async (service) => {
  let thrown = ''
  const { client: settings } = await listen(async () => {
    throw new AwsError(thrown, TEXT)
  })
  const module = await catalogue[service].sdk()
  const { queryErrors } = readSchemas(module)
  const sdk = anySdk(module)
  const client = sdk.client(settings)
  const { name: operation = '', input } = sdk.operations.find(({ name }) => /^(List|Describe|Get)/.test(name)) ?? {}
  const asked = input?.isStructSchema() ? emptyValue(input, ['bound', 'lists', 'maps']) : {}
  const broken: unknown[] = []
  // Of two errors with one code the client makes the one that is named like it.
  const arrivesAs = (name: string) => {
    const code = queryErrors.get(name)?.awsQueryError?.[0]
    return sdk.errors.find(([other]) => other === code) ?? sdk.errors.find(([other]) => other === name)
  }
  for (const [modelled] of sdk.errors) {
    thrown = modelled
    const [name, ErrorClass] = arrivesAs(modelled) ?? []
    const error = await client.send(sdk.command(operation, asked)).catch((caught: Error) => caught)
    const right = ErrorClass && error instanceof ErrorClass && error.name === name && error.message === TEXT
    if (!right) broken.push([modelled, error])
  }
  client.destroy()
  expect(broken).toEqual([])
})

test('an error without a class of its own arrives with code, words, status and request id', async () => {
  const { client } = await listen(async () => {
    throw new AwsError('Odd.Code', TEXT, 409)
  })
  const errors = await Promise.all(
    [new ECS(client).listClusters({}), new CloudFormation(client).listStacks({}), new EC2(client).describeVpcs({})].map(
      (call) => call.catch((error: unknown) => error),
    ),
  )
  const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/)
  const $metadata = { httpStatusCode: 409, requestId }
  const whole = { name: 'Odd.Code', message: TEXT, $fault: 'client', $metadata }
  expect(errors).toMatchObject([whole, whole, whole])
})

test('a query error has the code and the status that AWS gives it on the wire', async () => {
  const { endpoint } = await listen(async () => {
    throw new AwsError('ChangeSetNotFoundException', 'no <such>')
  })
  const response = await fetch(endpoint, {
    method: 'POST',
    headers: { ...signed('cloudformation'), 'content-type': 'application/x-www-form-urlencoded' },
    body: 'Action=DescribeChangeSet&Version=2010-05-15',
  })
  const id = '<RequestId>ID</RequestId>'
  expect([response.status, await response.text().then(withoutIds)]).toEqual([
    404,
    `<?xml version="1.0" encoding="UTF-8"?>
<ErrorResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><Error><Type>Sender</Type><Code>ChangeSetNotFound</Code><Message>no &lt;such&gt;</Message></Error>${id}</ErrorResponse>`,
  ])
})

const withoutIds = (text: string) => text.replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')

test('further members of a JSON error reach the client', async () => {
  const { client } = await listen(async () => {
    throw new AwsError('AccessDeniedException', 'no', 403, { reason: 'because' })
  })
  const error = await new ECS(client).listClusters({}).catch((caught: unknown) => caught)
  expect(error).toMatchObject({ name: 'AccessDeniedException', message: 'no', reason: 'because' })
})

test('a bug of a handler is an internal failure, and the next request is served', async () => {
  let broken = true
  const { client } = await listen(async () => {
    if (broken) throw new TypeError('oops')
    return { clusterArns: ['a'] }
  })
  const ecs = new ECS(client)
  await expect(ecs.listClusters({})).rejects.toMatchObject({
    name: 'InternalFailure',
    message: expect.stringMatching(/^TypeError: oops\n {4}at /),
    $metadata: { httpStatusCode: 500 },
  })
  broken = false
  expect((await ecs.listClusters({})).clusterArns).toEqual(['a'])
})
