import * as Ssm from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'

async function parameters(values: Record<string, string> = {}) {
  const aws = await startAws()
  const ssm = new Ssm.SSMClient(aws.client)
  for (const [Name, Value] of Object.entries(values)) {
    await ssm.send(new Ssm.PutParameterCommand({ Name, Value, Type: 'String' }))
  }
  return ssm
}

const names = (list: readonly { Name?: string | undefined }[] = []) => list.map(({ Name }) => Name)

test('shows a secret only to whoever asks for its decryption', async () => {
  const ssm = await parameters()
  await ssm.send(new Ssm.PutParameterCommand({ Name: '/app/key', Value: 'hunter2', Type: 'SecureString' }))
  const value = async (WithDecryption: boolean) =>
    (await ssm.send(new Ssm.GetParameterCommand({ Name: '/app/key', WithDecryption }))).Parameter?.Value
  expect(await value(true)).toBe('hunter2')
  expect(await value(false)).not.toContain('hunter2')
  const { Parameters } = await ssm.send(new Ssm.DescribeParametersCommand({}))
  expect(Parameters).toMatchObject([{ Name: '/app/key', Type: 'SecureString', KeyId: 'alias/aws/ssm', Version: 1 }])
})

test('keeps every version and finds each by its number, by name and by ARN', async () => {
  const ssm = await parameters({ '/app/image': 'first' })
  const overwrite = { Name: '/app/image', Value: 'second', Overwrite: true }
  expect((await ssm.send(new Ssm.PutParameterCommand(overwrite))).Version).toBe(2)
  const { Parameters } = await ssm.send(new Ssm.GetParameterHistoryCommand({ Name: '/app/image' }))
  expect(Parameters?.map(({ Version, Value }) => [Version, Value])).toEqual([
    [1, 'first'],
    [2, 'second'],
  ])
  const value = async (Name: string) => (await ssm.send(new Ssm.GetParameterCommand({ Name }))).Parameter?.Value
  expect(await value('/app/image:1')).toBe('first')
  expect(await value('arn:aws:ssm:us-east-1:000000000000:parameter/app/image')).toBe('second')
  await expect(value('/app/image:3')).rejects.toMatchObject({
    name: 'ParameterVersionNotFound',
    message: 'Systems Manager could not find version 3 of /app/image. Verify the version and try again.',
  })
})

test('walks a hierarchy, in pages', async () => {
  const ssm = await parameters({ '/a/x': '1', '/a/y': '2', '/a/b/z': '3', '/ab': '4' })
  const walk = (more: object) => ssm.send(new Ssm.GetParametersByPathCommand({ Path: '/a', ...more }))
  expect(names((await walk({})).Parameters)).toEqual(['/a/x', '/a/y'])
  const first = await walk({ Recursive: true, MaxResults: 2 })
  const second = await walk({ Recursive: true, MaxResults: 2, NextToken: first.NextToken })
  expect([first, second].map(({ Parameters }) => names(Parameters))).toEqual([['/a/b/z', '/a/x'], ['/a/y']])
  expect(second.NextToken).toBeUndefined()
})

test('filters by name, type and path', async () => {
  const ssm = await parameters({ '/a/x': '1', '/a/b/z': '3', '/c': '4' })
  await ssm.send(new Ssm.PutParameterCommand({ Name: '/a/list', Value: '1,2', Type: 'StringList' }))
  const filter = async (...ParameterFilters: Ssm.ParameterStringFilter[]) =>
    names((await ssm.send(new Ssm.DescribeParametersCommand({ ParameterFilters }))).Parameters)
  expect(await filter({ Key: 'Name', Option: 'BeginsWith', Values: ['/a'] })).toEqual(['/a/b/z', '/a/list', '/a/x'])
  expect(
    await filter({ Key: 'Path', Option: 'OneLevel', Values: ['/a'] }, { Key: 'Type', Values: ['String'] }),
  ).toEqual(['/a/x'])
})

test('tells which of many parameters do not exist', async () => {
  const ssm = await parameters({ '/a': '1', '/b': '2' })
  const got = await ssm.send(new Ssm.GetParametersCommand({ Names: ['/b', '/c', '/a'] }))
  expect([names(got.Parameters), got.InvalidParameters]).toEqual([['/b', '/a'], ['/c']])
  const deleted = await ssm.send(new Ssm.DeleteParametersCommand({ Names: ['/a', '/c'] }))
  expect([deleted.DeletedParameters, deleted.InvalidParameters]).toEqual([['/a'], ['/c']])
  await expect(ssm.send(new Ssm.GetParameterCommand({ Name: '/a' }))).rejects.toBeInstanceOf(Ssm.ParameterNotFound)
})

test('refuses what the parameter store refuses', async () => {
  const ssm = await parameters({ '/a': '1' })
  const put = (more: Partial<Ssm.PutParameterCommandInput>) =>
    ssm.send(new Ssm.PutParameterCommand({ Name: '/a', Value: 'x', Type: 'String', ...more }))
  await expect(put({})).rejects.toMatchObject({
    name: 'ParameterAlreadyExists',
    message: 'The parameter already exists. To overwrite this value, set the overwrite option in the request to true.',
  })
  await expect(put({ Name: '/b', Value: 'x'.repeat(4097) })).rejects.toThrow('4096 characters')
  await expect(put({ Name: '/b', Value: 'abc', AllowedPattern: '^\\d+$' })).rejects.toMatchObject({
    name: 'ParameterPatternMismatchException',
  })
  await expect(put({ Name: 'a/b' })).rejects.toThrow('Parameter name must be a fully qualified name.')
  await expect(put({ Name: '/aws/mine' })).rejects.toThrow('No access to reserved parameter name: /aws/mine.')
})

test("publishes AWS's own images in every region", async () => {
  const ssm = await parameters()
  const folder = '/aws/service/ecs/optimized-ami/amazon-linux-2023/gpu/recommended'
  const { Parameters } = await ssm.send(new Ssm.GetParametersCommand({ Names: [folder, `${folder}/image_id`] }))
  const [document, imageId] = Parameters?.map(({ Value }) => Value) ?? []
  expect(imageId).toMatch(/^ami-[0-9a-f]{17}$/)
  expect(JSON.parse(document ?? '')).toMatchObject({ image_id: imageId, os: 'Amazon Linux 2023', schema_version: 1 })
})
