import * as Secrets from '@aws-sdk/client-secrets-manager'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'

async function secret(SecretString = 'first') {
  const aws = await startAws()
  const client = new Secrets.SecretsManagerClient(aws.client)
  const { ARN = '' } = await client.send(new Secrets.CreateSecretCommand({ Name: 'app/key', SecretString }))
  const get = (more: Partial<Secrets.GetSecretValueCommandInput> = {}) =>
    client.send(new Secrets.GetSecretValueCommand({ SecretId: 'app/key', ...more }))
  return { client, ARN, get }
}

test('finds a secret by its name, its ARN and its ARN without the suffix', async () => {
  const { ARN, get } = await secret()
  expect(ARN).toMatch(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:app\/key-\w{6}$/)
  const values = await Promise.all(
    ['app/key', ARN, ARN.slice(0, -7)].map(async (SecretId) => (await get({ SecretId })).SecretString),
  )
  expect(values).toEqual(['first', 'first', 'first'])
  await expect(get({ SecretId: 'app' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: "Secrets Manager can't find the specified secret.",
  })
})

test('moves the stages from version to version and forgets versions without one', async () => {
  const { client, get } = await secret('first')
  const first = (await get()).VersionId
  await client.send(new Secrets.PutSecretValueCommand({ SecretId: 'app/key', SecretString: 'second' }))
  await client.send(new Secrets.UpdateSecretCommand({ SecretId: 'app/key', SecretString: 'third' }))
  expect((await get()).SecretString).toBe('third')
  expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('second')
  await expect(get({ VersionId: first })).rejects.toThrow(
    `Secrets Manager can't find the specified secret value for VersionId: ${first}`,
  )
})

test('keeps a version that is not current yet out of the way', async () => {
  const { client, get } = await secret('first')
  const SecretBinary = Buffer.from([0, 1, 255])
  const pending = { SecretId: 'app/key', SecretBinary, VersionStages: ['AWSPENDING'] }
  await client.send(new Secrets.PutSecretValueCommand(pending))
  expect((await get()).SecretString).toBe('first')
  const { SecretBinary: read = [] } = await get({ VersionStage: 'AWSPENDING' })
  expect([...read]).toEqual([0, 1, 255])
})

test('does the same request once', async () => {
  const { client, get } = await secret()
  const request = { SecretId: 'app/key', SecretString: 'second', ClientRequestToken: 'a'.repeat(32) }
  for (let time = 0; time < 2; time++) await client.send(new Secrets.PutSecretValueCommand(request))
  expect((await get({ VersionStage: 'AWSPREVIOUS' })).SecretString).toBe('first')
  await expect(
    client.send(new Secrets.PutSecretValueCommand({ ...request, SecretString: 'other' })),
  ).rejects.toBeInstanceOf(Secrets.ResourceExistsException)
})

test('marks a secret for deletion, restores it, or deletes it at once', async () => {
  const { client, get } = await secret()
  const SecretId = 'app/key'
  const { DeletionDate } = await client.send(new Secrets.DeleteSecretCommand({ SecretId, RecoveryWindowInDays: 7 }))
  expect(Math.round((Number(DeletionDate) - Date.now()) / 86_400_000)).toBe(7)
  await expect(get()).rejects.toMatchObject({
    name: 'InvalidRequestException',
    message: "You can't perform this operation on the secret because it was marked for deletion.",
  })
  const create = () => client.send(new Secrets.CreateSecretCommand({ Name: SecretId, SecretString: 'anew' }))
  await expect(create()).rejects.toThrow(
    "You can't create this secret because a secret with this name is already scheduled for deletion.",
  )
  const list = async (IncludePlannedDeletion: boolean) =>
    (await client.send(new Secrets.ListSecretsCommand({ IncludePlannedDeletion }))).SecretList?.length
  expect([await list(false), await list(true)]).toEqual([0, 1])

  await client.send(new Secrets.RestoreSecretCommand({ SecretId }))
  expect((await get()).SecretString).toBe('first')
  await expect(create()).rejects.toThrow('The operation failed because the secret app/key already exists.')
  await client.send(new Secrets.DeleteSecretCommand({ SecretId, ForceDeleteWithoutRecovery: true }))
  await create()
  expect((await get()).SecretString).toBe('anew')
})

test('makes passwords of what is not excluded', async () => {
  const { client } = await secret()
  const password = async (input: Secrets.GetRandomPasswordCommandInput) =>
    (await client.send(new Secrets.GetRandomPasswordCommand(input))).RandomPassword ?? ''
  const digits = { ExcludeLowercase: true, ExcludeUppercase: true, ExcludePunctuation: true, ExcludeCharacters: '0' }
  expect(await password({ ...digits, PasswordLength: 50 })).toMatch(/^[1-9]{50}$/)
  const every = await password({ PasswordLength: 4 })
  expect([/[a-z]/, /[A-Z]/, /\d/, /[^\w]|_/].every((kind) => kind.test(every))).toBe(true)
})
