import type { Finding } from './finding.ts'

/** A first deployment with GPU instances and a large image takes about as long. */
const LONG_ENOUGH_MINUTES = 30

/** CRED01: credentials that nothing renews end before a deployment may. */
export function credentialsFindings(until: Date | undefined, now: Date): Finding[] {
  const minutes = until ? Math.floor((until.getTime() - now.getTime()) / 60_000) : Number.POSITIVE_INFINITY
  if (minutes >= LONG_ENOUGH_MINUTES) return []
  return [
    {
      code: 'CRED01',
      severity: 'warning',
      message: `the credentials in the environment end in ${Math.max(0, minutes)} minutes, and a deployment may take longer`,
      hint: 'get new ones first; or name a profile that renews itself with --profile',
    },
  ]
}

/** IAM02: ECS makes its role with the first cluster, and is often not allowed to use it right away. */
export const roleFindings = (exists: boolean): Finding[] =>
  exists
    ? []
    : [
        {
          code: 'IAM02',
          severity: 'warning',
          message:
            'ECS has no role in this account yet (AWSServiceRoleForECS): the first cluster may fail with "Unable to assume the service linked role"',
          hint: 'aws iam create-service-linked-role --aws-service-name ecs.amazonaws.com',
        },
      ]

/** CERT01: a load balancer takes certificates that are issued, of its own region. */
export function certificateFindings(certificate: string, status: string | undefined, region: string): Finding[] {
  if (status === 'ISSUED') return []
  return [
    {
      code: 'CERT01',
      severity: 'error',
      message:
        status === undefined
          ? `the certificate ${certificate} does not exist in ${region}, where the load balancer is`
          : `the certificate ${certificate} is not issued: ${status}`,
      hint:
        status === 'PENDING_VALIDATION'
          ? `prove that the domain is yours: aws acm describe-certificate --certificate-arn ${certificate} --region ${region} shows the DNS record`
          : `aws acm list-certificates --region ${region} lists those that can be named`,
    },
  ]
}
