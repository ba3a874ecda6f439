import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import * as Sdk from '@aws-sdk/client-s3'
import { expect, test } from 'vitest'
import { awsCommandLine } from '../support/aws-cli.ts'
import { startAws } from '../support/emulator.ts'
import { temporaryFolder } from '../support/folder.ts'
import { signed } from '../support/wire.ts'

async function start() {
  const aws = await startAws()
  return { aws, s3: new Sdk.S3(aws.client) }
}

const textOf = async (answer: Sdk.GetObjectCommandOutput) => answer.Body?.transformToString()

test('keeps objects with what was said of them, whole and in parts, and lists them by folders', async () => {
  const { s3 } = await start()
  await s3.createBucket({ Bucket: 'team-files' })
  const put = (Key: string, Body: string) =>
    s3.putObject({ Bucket: 'team-files', Key, Body, ContentType: 'text/plain', Metadata: { by: 'me' } })
  expect((await put('a b/ü+&.txt', 'one two')).ETag).toBe(`"${createHash('md5').update('one two').digest('hex')}"`)
  for (const key of ['a b/2.txt', 'c/1.txt', 'constructor']) await put(key, key)

  const object = await s3.getObject({ Bucket: 'team-files', Key: 'a b/ü+&.txt' })
  expect(object).toMatchObject({ ContentLength: 7, ContentType: 'text/plain', Metadata: { by: 'me' } })
  expect(await textOf(object)).toBe('one two')
  const part = await s3.getObject({ Bucket: 'team-files', Key: 'a b/ü+&.txt', Range: 'bytes=4-' })
  expect([part.ContentRange, await textOf(part)]).toEqual(['bytes 4-6/7', 'two'])

  const folders = await s3.listObjectsV2({ Bucket: 'team-files', Delimiter: '/' })
  expect(folders.CommonPrefixes).toEqual([{ Prefix: 'a b/' }, { Prefix: 'c/' }])
  expect(folders.Contents?.map(({ Key, Size }) => [Key, Size])).toEqual([['constructor', 11]])
  const first = await s3.listObjectsV2({ Bucket: 'team-files', MaxKeys: 3 })
  const { NextContinuationToken: ContinuationToken } = first
  const second = await s3.listObjectsV2({ Bucket: 'team-files', MaxKeys: 3, ContinuationToken })
  expect([first, second].map(({ Contents }) => Contents?.map(({ Key }) => Key))).toEqual([
    ['a b/2.txt', 'a b/ü+&.txt', 'c/1.txt'],
    ['constructor'],
  ])

  await s3.copyObject({ Bucket: 'team-files', Key: 'copy', CopySource: 'team-files/c/1.txt' })
  expect(await textOf(await s3.getObject({ Bucket: 'team-files', Key: 'copy' }))).toBe('c/1.txt')
  await expect(s3.deleteBucket({ Bucket: 'team-files' })).rejects.toMatchObject({ name: 'BucketNotEmpty' })
  const Objects = ['a b/2.txt', 'a b/ü+&.txt', 'c/1.txt', 'copy'].map((Key) => ({ Key }))
  expect((await s3.deleteObjects({ Bucket: 'team-files', Delete: { Objects } })).Deleted).toEqual(Objects)
  await s3.deleteObject({ Bucket: 'team-files', Key: 'constructor' })
  await s3.deleteBucket({ Bucket: 'team-files' })
  expect((await s3.listBuckets({})).Buckets).toEqual([])
})

test('puts large objects together from parts, and streams whose length nobody knows', async () => {
  const { s3 } = await start()
  const [Bucket, Key] = ['team-files', 'big']
  await s3.createBucket({ Bucket })
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key, ContentType: 'application/x-big' })
  const bytes = [randomBytes(5 * 1024 * 1024), randomBytes(10)]
  const Parts = await Promise.all(
    bytes.map(async (Body, index) => ({
      PartNumber: index + 1,
      ETag: (await s3.uploadPart({ Bucket, Key, UploadId, PartNumber: index + 1, Body })).ETag,
    })),
  )
  const complete = (parts: Sdk.CompletedPart[]) =>
    s3.completeMultipartUpload({ Bucket, Key, UploadId, MultipartUpload: { Parts: parts } })
  await expect(complete([...Parts].reverse())).rejects.toMatchObject({ name: 'InvalidPartOrder' })
  expect((await complete(Parts)).ETag).toMatch(/^"[0-9a-f]{32}-2"$/)
  const whole = await s3.getObject({ Bucket, Key })
  expect(whole.ContentType).toBe('application/x-big')
  expect(Buffer.concat(bytes).equals(Buffer.from((await whole.Body?.transformToByteArray()) ?? []))).toBe(true)

  await s3.putObject({ Bucket, Key: 'stream', Body: Readable.from(['piece ', 'by ', 'piece']), ContentLength: 14 })
  expect(await textOf(await s3.getObject({ Bucket, Key: 'stream' }))).toBe('piece by piece')
})

test('copies large objects by their parts', async () => {
  const { s3 } = await start()
  const Bucket = 'team-files'
  await s3.createBucket({ Bucket })
  await s3.putObject({ Bucket, Key: 'from ü', Body: '0123456789' })
  const { UploadId } = await s3.createMultipartUpload({ Bucket, Key: 'to' })
  const part = { Bucket, Key: 'to', UploadId, PartNumber: 1, CopySource: `${Bucket}/from%20%C3%BC` }
  const { CopyPartResult } = await s3.uploadPartCopy({ ...part, CopySourceRange: 'bytes=2-5' })
  await expect(s3.uploadPartCopy({ ...part, PartNumber: 0 })).rejects.toMatchObject({ name: 'InvalidArgument' })
  const Parts = [{ PartNumber: 1, ETag: CopyPartResult?.ETag }]
  await s3.completeMultipartUpload({ Bucket, Key: 'to', UploadId, MultipartUpload: { Parts } })
  expect(await textOf(await s3.getObject({ Bucket, Key: 'to' }))).toBe('2345')
})

test('lists as older programs ask, by the last name that they have seen', async () => {
  const { s3 } = await start()
  const Bucket = 'team-files'
  await s3.createBucket({ Bucket })
  for (const Key of ['a', 'b/1', 'b/2', 'c']) await s3.putObject({ Bucket, Key, Body: Key })
  const seen = ({ Contents = [], CommonPrefixes = [], IsTruncated, NextMarker }: Sdk.ListObjectsCommandOutput) => [
    [...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)],
    [IsTruncated, NextMarker],
  ]
  const folders = { Bucket, Delimiter: '/', MaxKeys: 2 }
  expect(seen(await s3.listObjects(folders))).toEqual([
    ['a', 'b/'],
    [true, 'b/'],
  ])
  expect(seen(await s3.listObjects({ ...folders, Marker: 'b/' }))).toEqual([['c'], [false, undefined]])
  expect(seen(await s3.listObjects({ Bucket, Marker: 'a', MaxKeys: 2 }))).toEqual([
    ['b/1', 'b/2'],
    [true, undefined],
  ])
})

test('a link signed by version 2, which names no region, leads to the bucket wherever it is, with the headers it wants', async () => {
  const { aws } = await start()
  const there = new Sdk.S3({ ...aws.client, region: 'eu-west-1' })
  await there.createBucket({ Bucket: 'team-files' })
  await there.putObject({ Bucket: 'team-files', Key: 'k', Body: 'v', ContentType: 'text/plain' })
  const query = new URLSearchParams({
    ...{ AWSAccessKeyId: 'test', Signature: 'x', Expires: '1795301080' },
    ...{ 'response-content-disposition': 'attachment; filename=v.txt', 'response-content-type': 'text/csv' },
  })
  const answer = await fetch(`${aws.endpoint}/team-files/k?${query}`)
  expect([answer.status, await answer.text(), answer.headers.get('content-type')]).toEqual([200, 'v', 'text/csv'])
  expect(answer.headers.get('content-disposition')).toBe('attachment; filename=v.txt')
  const signedHeader = { headers: { authorization: 'AWS test:signature' } }
  const put = await fetch(`${aws.endpoint}/team-files/n`, { method: 'PUT', body: 'new', ...signedHeader })
  expect([put.status, await textOf(await there.getObject({ Bucket: 'team-files', Key: 'n' }))]).toEqual([200, 'new'])
  expect((await fetch(`${aws.endpoint}/nobody-here/k?${query}`)).status).toBe(404)
  expect((await fetch(`${aws.endpoint}/team-files/k`)).status).toBe(403)
})

test.each([
  ['a bucket that is not there', 'listObjectsV2', { Bucket: 'nobody-here' }, 'NoSuchBucket', 404],
  ['a key that is not there', 'getObject', { Bucket: 'team-files', Key: 'x' }, 'NoSuchKey', 404],
  ['the head of one', 'headObject', { Bucket: 'team-files', Key: 'x' }, 'NotFound', 404],
  ['a name that is taken', 'createBucket', { Bucket: 'team-files' }, 'BucketAlreadyOwnedByYou', 409],
  ['a name that is none', 'createBucket', { Bucket: 'Team_Files' }, 'InvalidBucketName', 400],
  ['a policy that is none', 'putBucketPolicy', { Bucket: 'team-files', Policy: '{' }, 'MalformedPolicy', 400],
  ['a range beyond the end', 'getObject', { Bucket: 'team-files', Key: 'k', Range: 'bytes=9-' }, 'InvalidRange', 416],
  ['what it does not have', 'getBucketAcl', { Bucket: 'team-files' }, 'NotImplemented', 501],
] as const)('refuses %s', async (_what, operation, input, name, status) => {
  const { s3 } = await start()
  await s3.createBucket({ Bucket: 'team-files' })
  await s3.putObject({ Bucket: 'team-files', Key: 'k', Body: 'v' })
  const call = s3[operation].bind(s3) as (input: object) => Promise<unknown>
  await expect(call(input)).rejects.toMatchObject({ name, $metadata: { httpStatusCode: status } })
})

test('a bucket is in its region alone, and answers to its own name in front of localhost', async () => {
  const { aws, s3 } = await start()
  await s3.createBucket({ Bucket: 'team-files' })
  await s3.putObject({ Bucket: 'team-files', Key: 'k', Body: 'v' })
  const { port } = new URL(aws.endpoint)
  const there = new Sdk.S3({ ...aws.client, region: 'eu-west-1' })
  await expect(there.getObject({ Bucket: 'team-files', Key: 'k' })).rejects.toMatchObject({ name: 'PermanentRedirect' })
  const headers = { host: `team-files.s3.localhost:${port}`, ...signed('s3') }
  const answer = await new Promise<Readable>((resolve) => get({ port, path: '/k', headers }, resolve))
  expect(await text(answer)).toBe('v')
})

test('serves the aws command line: copies up and down, also in parts, lists and removes', async ({ skip }) => {
  const { aws } = await start()
  const folder = temporaryFolder()
  const typed = await awsCommandLine({ endpoint: aws.endpoint, folder })
  if (!typed) return skip('there is no aws command line')
  const run = (...args: string[]) => typed('s3', args)
  const big = randomBytes(9 * 1024 * 1024)
  writeFileSync(join(folder, 'big'), big)
  writeFileSync(join(folder, 'small.env'), 'A=1\n')
  await run('mb', 's3://team-files')
  await run('cp', join(folder, 'small.env'), 's3://team-files/env/')
  await run('cp', join(folder, 'big'), 's3://team-files/big')
  expect((await run('ls', 's3://team-files')).split('\n').map((line) => line.trim().split(/\s+/).slice(-2))).toEqual([
    ['PRE', 'env/'],
    [`${big.length}`, 'big'],
    [''],
  ])
  await run('cp', 's3://team-files/big', join(folder, 'back'))
  expect(readFileSync(join(folder, 'back')).equals(big)).toBe(true)
  await run('cp', 's3://team-files/big', 's3://team-files/copy')
  const link = (await run('presign', 's3://team-files/copy')).trim()
  expect(Buffer.from(await (await fetch(link)).arrayBuffer()).equals(big)).toBe(true)
  await run('rb', '--force', 's3://team-files')
  expect(await run('ls')).toBe('')
}, 60_000)
