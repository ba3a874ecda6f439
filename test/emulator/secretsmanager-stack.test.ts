import { SecretsManager } from '@aws-sdk/client-secrets-manager'
import { SSM } from '@aws-sdk/client-ssm'
import { expect, test } from 'vitest'
import { startAws } from '../support/emulator.ts'
import { testStack } from '../support/stack.ts'

const resources = (Value: string, PasswordLength: number, Description: string) => ({
  Parameter: { Type: 'AWS::SSM::Parameter', Properties: { Type: 'String', Value, Tags: { [Value]: '1' } } },
  Secret: {
    Type: 'AWS::SecretsManager::Secret',
    Properties: {
      Description,
      GenerateSecretString: {
        SecretStringTemplate: '{"user":"me"}',
        GenerateStringKey: 'password',
        PasswordLength,
        ExcludePunctuation: true,
      },
    },
  },
})

test('creates and changes parameters and secrets, and generates a value only when told otherwise', async () => {
  const aws = await startAws()
  const ssm = new SSM(aws.client)
  const secrets = new SecretsManager(aws.client)
  const stack = testStack(aws)
  const { outputs } = await stack.create(resources('first', 10, 'one'), {
    Name: { Value: { Ref: 'Parameter' } },
    Value: { Value: { 'Fn::GetAtt': ['Parameter', 'Value'] } },
    Secret: { Value: { Ref: 'Secret' } },
  })
  expect(outputs).toEqual({
    Name: expect.stringMatching(/^CFN-Parameter-\w{12}$/),
    Value: 'first',
    Secret: expect.stringMatching(/^arn:aws:secretsmanager:us-east-1:000000000000:secret:Secret-\w{12}-\w{6}$/),
  })
  const password = async () => {
    const { SecretString = '' } = await secrets.getSecretValue({ SecretId: outputs.Secret })
    expect(JSON.parse(SecretString)).toEqual({ user: 'me', password: expect.stringMatching(/^[a-zA-Z0-9]+$/) })
    return (JSON.parse(SecretString) as { password: string }).password
  }
  const first = await password()
  expect(first).toHaveLength(10)

  await stack.update(resources('second', 10, 'two'))
  expect((await ssm.getParameter({ Name: outputs.Name })).Parameter).toMatchObject({ Value: 'second', Version: 2 })
  const { TagList } = await ssm.listTagsForResource({ ResourceType: 'Parameter', ResourceId: outputs.Name })
  expect(TagList?.map(({ Key }) => Key).filter((key) => !key?.startsWith('aws:'))).toEqual(['second'])
  expect((await secrets.describeSecret({ SecretId: outputs.Secret })).Description).toBe('two')
  expect(await password()).toBe(first)
  await stack.update(resources('second', 20, 'two'))
  expect(await password()).toHaveLength(20)

  expect((await stack.remove()).status).toBe('DELETE_COMPLETE')
  const left = await secrets.listSecrets({ IncludePlannedDeletion: true })
  expect([left.SecretList, (await ssm.describeParameters({})).Parameters]).toEqual([[], []])
})
