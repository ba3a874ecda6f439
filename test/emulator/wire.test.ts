import { Agent, request as requestHttp } from 'node:http'
import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { AutoScaling } from '@aws-sdk/client-auto-scaling'
import { ECR } from '@aws-sdk/client-ecr'
import { ECS } from '@aws-sdk/client-ecs'
import { SSM } from '@aws-sdk/client-ssm'
import { STS } from '@aws-sdk/client-sts'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'
import { listen, signed } from '../support/wire.ts'

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }
const JSON_1_1 = { 'content-type': 'application/x-amz-json-1.1' }
const MiB = 1024 * 1024

/** A listener that answers nothing to every operation, and what it was asked. */
async function listener() {
  const calls: unknown[] = []
  const listening = await listen(async (service, operation, input, { region }) => {
    calls.push([service, operation, input, region])
    return {}
  })
  async function post(headers: Record<string, string>, form: string) {
    const response = await fetch(listening.endpoint, { method: 'POST', headers, body: form })
    const body = await response.text()
    if (response.ok) return [response.status, body]
    const [, code, message] = /<Code>([^<]*)<\/Code><Message>([^<]*)</.exec(body) ?? []
    return code === undefined ? [response.status, ...Object.values(JSON.parse(body))] : [response.status, code, message]
  }
  return { ...listening, calls, post }
}

const NO_TOKEN = [403, 'MissingAuthenticationToken', 'Request is missing Authentication Token']
const unknown = (service: string) => [403, 'UnknownService', `The embedded AWS does not have the service ${service}.`]

test('refuses a service in XML whose clients read nothing else', async () => {
  const { endpoint } = await listener()
  const answer = await fetch(`${endpoint}/2013-04-01/hostedzone`, { headers: signed('route53') })
  expect([answer.status, await answer.text()]).toEqual([
    403,
    expect.stringContaining(
      '<Error><Code>UnknownService</Code><Message>The embedded AWS does not have the service route53.</Message>',
    ),
  ])
})

test.each([
  ['a form without a signature', { ...FORM }, NO_TOKEN],
  ['JSON with another kind of authorization', { ...JSON_1_1, authorization: 'Basic YTpi' }, NO_TOKEN],
  ['a form for another service', { ...signed('sns'), ...FORM }, unknown('sns')],
  ['JSON for another service', { ...signed('dynamodb'), ...JSON_1_1 }, unknown('dynamodb')],
  ['a service named as every object has one', { ...signed('constructor'), ...JSON_1_1 }, unknown('constructor')],
  [
    'what S3 would get in a region that can be none',
    { ...signed('s3', '__proto__') },
    [403, 'SignatureDoesNotMatch', 'Credential should be scoped to a valid region.'],
  ],
  [
    'a region that can be none',
    { ...signed('ecs', '__proto__'), ...JSON_1_1 },
    [403, 'SignatureDoesNotMatch', 'Credential should be scoped to a valid region.'],
  ],
])('refuses %s in a way that its client reads', async (_what, headers, answer) => {
  const { calls, post } = await listener()
  expect(await post(headers, 'Action=ListThings')).toEqual(answer)
  expect(calls).toEqual([])
})

test.each([
  ['ecs', '', 'UnknownOperationException'],
  ['ecs', 'Fly', 'UnknownOperationException'],
  ['ecs', 'constructor', 'UnknownOperationException'],
  ['iam', '', 'InvalidAction'],
  ['iam', 'Fly', 'InvalidAction'],
  ['ec2', 'Fly', 'InvalidAction'],
])('%s has no operation «%s»', async (service, name, code) => {
  const { calls, post } = await listener()
  const json = code === 'UnknownOperationException'
  const headers = json ? { ...JSON_1_1, 'x-amz-target': `Any.${name}` } : FORM
  const answer = await post({ ...signed(service), ...headers }, json ? '{}' : `Action=${name}`)
  expect(answer).toEqual([400, code, `The action ${name} is not valid for this web service.`])
  expect(calls).toEqual([])
})

test('a form that says it is something else, as web pages can send it, names no operation', async () => {
  const { calls, post } = await listener()
  const answer = await post(
    { ...signed('cloudformation'), 'content-type': 'text/plain' },
    'Action=DeleteStack&StackName=a',
  )
  expect(answer).toEqual([400, 'InvalidAction', 'The action  is not valid for this web service.'])
  expect(calls).toEqual([])
})

test('an operation that the emulator does not have says so', async () => {
  const aws = await startAws()
  await expect(new ECR(aws.client).describePullThroughCacheRules({})).rejects.toMatchObject({
    name: 'NotImplemented',
    message: 'The embedded AWS does not have ecr:DescribePullThroughCacheRules.',
    $metadata: { httpStatusCode: 501 },
  })
})

test.each([
  ['ListClusters', '{"nextToken": "', 'The request body is not valid JSON.'],
  ['ListClusters', '[]', 'Expected structure or map, or null'],
  ['ListClusters', '"all"', 'Expected structure or map, or null'],
  ['ListClusters', '{"nextToken": 5}', 'NUMBER_VALUE can not be converted to a String'],
  ['ListClusters', '{"nextToken": true}', 'TRUE_VALUE can not be converted to a String'],
  ['ListClusters', '{"nextToken": {}}', 'Start of structure or map found where not expected.'],
  ['ListClusters', '{"nextToken": []}', 'Start of list found where not expected'],
  ['ListClusters', '{"maxResults": "5"}', 'STRING_VALUE can not be converted to an Integer'],
  ['DescribeClusters', '{"clusters": "all"}', 'Expected list or null'],
  ['CreateService', '{"networkConfiguration": true}', 'Expected structure or map, or null'],
  ['CreateService', '{"enableECSManagedTags": "true"}', 'STRING_VALUE can not be converted to a Boolean'],
  ['ListServiceDeployments', '{"createdAt": {"after": "soon"}}', 'STRING_VALUE can not be converted to a Timestamp'],
  ['ListServiceDeployments', '{"createdAt": {"after": 1e300}}', 'NUMBER_VALUE can not be converted to a Timestamp'],
])('JSON is read strictly: %s %s', async (operation, body, message) => {
  const { calls, post } = await listener()
  const headers = { ...signed('ecs'), ...JSON_1_1, 'x-amz-target': `AmazonEC2ContainerServiceV20141113.${operation}` }
  expect(await post(headers, body)).toEqual([400, 'SerializationException', message])
  expect(calls).toEqual([])
})

test.each([
  ['Action=PutScalingPolicy&MinAdjustmentStep=many', 'Invalid number at MinAdjustmentStep: many'],
  ['Action=PutScalingPolicy&MinAdjustmentStep=', 'Invalid number at MinAdjustmentStep: '],
  ['Action=PutScalingPolicy&Enabled=maybe', 'Invalid boolean at Enabled: maybe'],
  ['Action=PutScheduledUpdateGroupAction&StartTime=soon', 'Invalid timestamp at StartTime: soon'],
  ['Action=PutScheduledUpdateGroupAction&StartTime=99999999999999', 'Invalid timestamp at StartTime: 99999999999999'],
])('a form is read strictly: %s', async (form, message) => {
  const { calls, post } = await listener()
  expect(await post({ ...signed('autoscaling'), ...FORM }, form)).toEqual([400, 'MalformedInput', message])
  expect(calls).toEqual([])
})

test('takes a form in any order, with what the operation does not know, and a number of members that are missing', async () => {
  const { calls, post } = await listener()
  const form =
    'Tags.member.10.Key=j&Strange.1=x&Tags.member.2.Value=v&Tags.member.2.Key=b&Tags.member.x.Key=y&Action=TagRole'
  await post({ ...signed('iam'), ...FORM }, form)
  expect(calls).toEqual([['iam', 'TagRole', { Tags: [{ Key: 'b', Value: 'v' }, { Key: 'j' }] }, 'us-east-1']])
})

test('serves a presigned URL by GET, and a presigned POST', async () => {
  const { calls, endpoint } = await listener()
  const query = 'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=test%2F20261121%2Feu-west-1%2Fsts%2Faws4_request'
  const got = await fetch(`${endpoint}/?Action=GetCallerIdentity&Version=2011-06-15&${query}`)
  const posted = await fetch(`${endpoint}/?${query}`, { method: 'POST', headers: FORM, body: 'Action=GetSessionToken' })
  expect([got.status, posted.status]).toEqual([200, 200])
  expect(calls).toEqual([
    ['sts', 'GetCallerIdentity', {}, 'eu-west-1'],
    ['sts', 'GetSessionToken', {}, 'eu-west-1'],
  ])
})

test('who has a token of an identity provider and no credentials yet is heard', async () => {
  const { calls, client } = await listener()
  const input = { RoleArn: 'arn:aws:iam::000000000000:role/ci', RoleSessionName: 'ci', WebIdentityToken: 'a.b.c' }
  await new STS(client).assumeRoleWithWebIdentity(input)
  expect(calls).toEqual([['sts', 'AssumeRoleWithWebIdentity', input, 'us-east-1']])
})

test.each([
  ['a page of another site', { origin: 'https://evil.example' }, 'The embedded AWS serves no web pages.'],
  ['an image in such a page', { 'sec-fetch-site': 'cross-site' }, 'The embedded AWS serves no web pages.'],
  [
    'a page by a name of its own',
    { host: 'evil.example:4566' },
    'The embedded AWS does not answer to the name evil.example.',
  ],
])('does nothing for %s', async (_who, headers, message) => {
  const { calls, port } = await listener()
  const path = '/?X-Amz-Credential=a/b/us-east-1/cloudformation/aws4_request'
  const asking = requestHttp({ port, host: '127.0.0.1', path, method: 'POST', headers: { ...FORM, ...headers } })
  const answered = new Promise<string>((resolve) => asking.once('response', (response) => resolve(text(response))))
  asking.end('Action=CreateStack&StackName=a')
  expect(await answered).toContain(`<Code>AccessDenied</Code><Message>${message}</Message>`)
  expect(calls).toEqual([])
})

test.each(['localhost', '127.0.0.1', '[::1]', 'ecs.us-east-1.localhost', 'host.docker.internal'])(
  'answers as %s',
  async (host) => {
    const { calls, port } = await listener()
    const headers = { ...FORM, ...signed('iam'), host: `${host}:${port}` }
    const asking = requestHttp({ port, host: '127.0.0.1', method: 'POST', headers })
    const answered = new Promise((resolve) => asking.once('response', (response) => resolve(response.statusCode)))
    asking.end('Action=ListUsers')
    expect(await answered).toBe(200)
    expect(calls).toEqual([['iam', 'ListUsers', {}, 'us-east-1']])
  },
)

test('takes the largest layer part of ECR, and refuses more in words', async () => {
  const { calls, client } = await listener()
  const ecr = new ECR(client)
  const part = { repositoryName: 'a', uploadId: 'b', partFirstByte: 0, partLastByte: 20 * MiB - 1 }
  await ecr.uploadLayerPart({ ...part, layerPartBlob: Buffer.alloc(20 * MiB, 7) })
  const [, , input] = calls[0] as [unknown, unknown, { layerPartBlob: Uint8Array }]
  expect(Buffer.alloc(20 * MiB, 7).equals(input.layerPartBlob)).toBe(true)

  await expect(ecr.uploadLayerPart({ ...part, layerPartBlob: Buffer.alloc(30 * MiB) })).rejects.toMatchObject({
    name: 'RequestEntityTooLarge',
    $metadata: { httpStatusCode: 413 },
  })
  expect(calls).toHaveLength(1)
})

test('serves one request after the other on a connection, also after a refusal', async () => {
  const { port } = await listener()
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const ask = (form: string) =>
    new Promise<{ status: number | undefined; reused: boolean }>((resolve, reject) => {
      const headers = { ...signed('iam'), ...FORM }
      const asking = requestHttp({ port, host: '127.0.0.1', method: 'POST', agent, headers }, (response) => {
        response.resume().once('end', () => resolve({ status: response.statusCode, reused: asking.reusedSocket }))
      })
      asking.once('error', reject)
      asking.end(form)
    })
  const answers = [await ask('Action=ListUsers'), await ask('Action=Fly'), await ask('Action=ListUsers')]
  agent.destroy()
  expect(answers).toEqual([
    { status: 200, reused: false },
    { status: 400, reused: true },
    { status: 200, reused: true },
  ])
})

test.each([
  ['no HTTP at all', '\u0000\u0001\u0002\r\n\r\n'],
  ['a path that is no path', 'GET // HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['a path with broken escapes', 'GET /%E0%A4%A?X-Amz-Credential=%E0%A4%A HTTP/1.1\r\nHost: localhost\r\n\r\n'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab'],
  ['headers without an end', `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'x'.repeat(100_000)}\r\n\r\n`],
])('%s is answered with an error, and the listener goes on', async (_what, bytes) => {
  const { port, client } = await listener()
  const answer = await new Promise<string>((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(bytes))
    let received = ''
    socket.setEncoding('utf8').on('data', (chunk) => {
      received += chunk
    })
    socket.on('error', () => {}).on('close', () => resolve(received.split('\r\n')[0] ?? ''))
  })
  expect(answer).toMatch(/^HTTP\/1\.1 4\d\d /)
  expect((await new SSM(client).describeParameters({})).$metadata.httpStatusCode).toBe(200)
})

test('a client that goes away in the middle of its body leaves nothing behind', async () => {
  const { calls, port, client } = await listener()
  const socket = connect(port, '127.0.0.1')
  const head = `POST / HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${signed('iam').authorization}\r\nContent-Length: 100\r\n\r\n`
  await new Promise<void>((written) => socket.write(`${head}Action=`, () => written()))
  socket.destroy()
  await new SSM(client).describeParameters({})
  expect(calls).toEqual([['ssm', 'DescribeParameters', {}, 'us-east-1']])
})

test('a moment keeps its milliseconds on every way', async () => {
  const moments = [0, 1, 129, 257, 513, 999].map((milliseconds) => new Date(1_700_000_000_000 + milliseconds))
  const got: unknown[] = []
  const { client } = await listen(async (_service, _operation, input) => {
    const { StartTime, createdAt, Filters } = input as { StartTime?: Date; createdAt?: { after: Date }; Filters?: [] }
    got.push(StartTime ?? createdAt?.after)
    return Filters ? { Parameters: moments.map((LastModifiedDate) => ({ LastModifiedDate })) } : {}
  })
  const [autoScaling, ecs] = [new AutoScaling(client), new ECS(client)]
  for (const StartTime of moments) {
    await autoScaling.putScheduledUpdateGroupAction({ AutoScalingGroupName: 'a', ScheduledActionName: 'b', StartTime })
    await ecs.listServiceDeployments({ service: 'a', createdAt: { after: StartTime } })
  }
  expect(got).toEqual(moments.flatMap((moment) => [moment, moment]))
  const { Parameters } = await new SSM(client).describeParameters({ Filters: [] })
  expect(Parameters?.map(({ LastModifiedDate }) => LastModifiedDate)).toEqual(moments)
})

test('control characters that XML cannot carry are left out, all else arrives', async () => {
  const value = `a\u0000b\u0001c\td\ne\rf\r\ng\u007fh\u0085i\u{1F600}j]]>k&amp;l`
  const { client } = await listen(async () => ({ Arn: value }))
  expect((await new STS(client).getCallerIdentity({})).Arn).toBe('abc\td\ne\rf\r\nghi\u{1F600}j]]>k&amp;l')
})

test('what is frozen is told by each operation in its own shape, and what changes as it has become', async () => {
  const both = Object.freeze({ AdjustmentType: 'a', ProcessName: 'p' })
  const changing = { AdjustmentType: 'one', ProcessName: 'p' }
  const { client } = await listen(async () => ({ AdjustmentTypes: [both, changing], Processes: [both] }))
  const autoScaling = new AutoScaling(client)
  const types = async () => (await autoScaling.describeAdjustmentTypes({})).AdjustmentTypes
  expect(await types()).toEqual([{ AdjustmentType: 'a' }, { AdjustmentType: 'one' }])
  changing.AdjustmentType = 'two'
  expect(await types()).toEqual([{ AdjustmentType: 'a' }, { AdjustmentType: 'two' }])
  expect((await autoScaling.describeScalingProcessTypes({})).Processes).toEqual([{ ProcessName: 'p' }])
})
