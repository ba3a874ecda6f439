import { expect, test } from 'vitest'
import { redacted } from '../../src/plan/redact.ts'

test.each([
  ['connecting to postgres://app:hunter2@db:5432/x', 'connecting to postgres://app:[removed]@db:5432/x'],
  ['key AKIAIOSFODNN7EXAMPLE is used', 'key [removed] is used'],
  ['aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY', 'aws_secret_access_key = [removed]'],
  ['{"SecretAccessKey": "wJalrXUtnFEMI", "a": 1}', '{"SecretAccessKey": "[removed]", "a": 1}'],
  ['Authorization: Bearer abcdef0123456789.x', 'Authorization: Bearer [removed]'],
  ['login with hf_abcdefghijklmnopqrst', 'login with [removed]'],
  ['cookie eyJhbGciOiJIUzI1.eyJzdWIiOiIx.c2ln', 'cookie [removed]'],
  ['GET /x?X-Amz-Signature=0123abcd&y=1', 'GET /x?X-Amz-Signature=[removed]&y=1'],
  ['DB_PASSWORD=hunter2 started', 'DB_PASSWORD=[removed] started'],
  ['password: hunter2', 'password: [removed]'],
  [`${'Ab1/'.repeat(16)}`, '[removed]'],
])('%s', (text, clean) => {
  expect(redacted(text)).toBe(clean)
})

test.each([
  'OSError: HF_TOKEN is not set',
  'unable to retrieve secret from ssm: service call has been retried 1 time(s): invalid parameters: /demo/token',
  'web@sha256:77aa02b3c4d5e6f708192a3b4c5d6e7f77aa02b3c4d5e6f708192a3b4c5d6e7f',
  'b5bb9d8014a0f9b1d61e21e796d78dccdf1352f23cd32812f4850b878ae4944c',
  'The security token included in the request is expired',
  'GET http://127.0.0.1:8080/health answered 404',
  'img2vid-0123456789ab-tester-here-0123456789ab',
])('leaves alone: %s', (text) => {
  expect(redacted(text)).toBe(text)
})
