import type { Lookups } from '../../context.ts'
import type { Clients } from '../clients.ts'
import { isNotFound } from '../errors.ts'

interface Attributed {
  readonly expiration?: Date
  /** What they are from. */
  readonly $source?: { readonly CREDENTIALS_ENV_VARS?: string }
}

/** Credentials, roles and certificates. */
export function accountLookups({ sts, iam, acm }: Clients): Pick<Lookups, 'credentialsUntil' | 'role' | 'certificate'> {
  return {
    async credentialsUntil() {
      const { expiration, $source }: Attributed = await (await sts()).config.credentials()
      return $source?.CREDENTIALS_ENV_VARS ? expiration : undefined
    },

    async role(RoleName) {
      const { GetRoleCommand } = await import('@aws-sdk/client-iam')
      try {
        return (await (await iam()).send(new GetRoleCommand({ RoleName }))).Role !== undefined
      } catch (error) {
        if (isNotFound(error, 'NoSuchEntityException', 'NoSuchEntity')) return false
        throw error
      }
    },

    async certificate(CertificateArn) {
      const { DescribeCertificateCommand } = await import('@aws-sdk/client-acm')
      try {
        const command = new DescribeCertificateCommand({ CertificateArn })
        return (await (await acm()).send(command)).Certificate?.Status
      } catch (error) {
        if (isNotFound(error, 'ResourceNotFoundException')) return undefined
        throw error
      }
    },
  }
}
