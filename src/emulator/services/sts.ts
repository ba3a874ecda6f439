import type * as Sdk from '@aws-sdk/client-sts'
import type { Handlers } from '../wire/handlers.ts'
import type { World } from '../world.ts'

export const sts = (world: World) =>
  ({
    GetCallerIdentity: () => ({
      Account: world.account,
      Arn: `arn:aws:iam::${world.account}:user/local`,
      UserId: 'AIDALOCALLOCALLOCAL00',
    }),

    AssumeRole: ({ RoleArn = '', RoleSessionName = '' }) => ({
      AssumedRoleUser: {
        Arn: `${RoleArn.replace(':iam:', ':sts:').replace(':role/', ':assumed-role/')}/${RoleSessionName}`,
        AssumedRoleId: `AROALOCALLOCALLOCAL00:${RoleSessionName}`,
      },
      Credentials: {
        AccessKeyId: 'ASIALOCALLOCALLOCAL0',
        SecretAccessKey: world.random.hex(40),
        SessionToken: world.random.hex(80),
        Expiration: new Date(world.clock.now().getTime() + 3_600_000),
      },
    }),
  }) satisfies Handlers<typeof Sdk>
