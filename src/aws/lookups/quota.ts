import type { Clients } from '../clients.ts'
import { isNotFound } from '../errors.ts'

/** The account's limits; what AWS gives everybody where the account has none of its own. */
export function quotaLimits(client: Clients['quotas']): (service: string, code: string) => Promise<number> {
  return async (ServiceCode, QuotaCode) => {
    const { GetAWSDefaultServiceQuotaCommand, GetServiceQuotaCommand } = await import('@aws-sdk/client-service-quotas')
    const quotas = await client()
    const asked = { ServiceCode, QuotaCode }
    try {
      return (await quotas.send(new GetServiceQuotaCommand(asked))).Quota?.Value ?? 0
    } catch (error) {
      if (!isNotFound(error, 'NoSuchResourceException')) throw error
      return (await quotas.send(new GetAWSDefaultServiceQuotaCommand(asked))).Quota?.Value ?? 0
    }
  }
}
