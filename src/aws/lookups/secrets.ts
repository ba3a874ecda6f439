import type { Lookups } from '../../context.ts'
import type { Clients } from '../clients.ts'
import { isNotFound } from '../errors.ts'

/** GetParameters takes this many at once. */
const BATCH = 10

/** Whether secrets are there. Nobody looks at what is in them. */
export function secretLookups({ ssm, secrets }: Clients): Pick<Lookups, 'missingParameters' | 'secret'> {
  return {
    async missingParameters(names) {
      const { GetParametersCommand } = await import('@aws-sdk/client-ssm')
      const client = await ssm()
      const batches = Array.from({ length: Math.ceil(names.length / BATCH) }, (_, index) =>
        names.slice(index * BATCH, (index + 1) * BATCH),
      )
      const answers = await Promise.all(
        batches.map((Names) => client.send(new GetParametersCommand({ Names: [...Names], WithDecryption: false }))),
      )
      return answers.flatMap(({ InvalidParameters = [] }) => InvalidParameters)
    },

    async secret(SecretId) {
      const { DescribeSecretCommand } = await import('@aws-sdk/client-secrets-manager')
      try {
        const { DeletedDate } = await (await secrets()).send(new DescribeSecretCommand({ SecretId }))
        return DeletedDate ? 'deleted' : 'there'
      } catch (error) {
        if (isNotFound(error, 'ResourceNotFoundException')) return 'missing'
        throw error
      }
    },
  }
}
