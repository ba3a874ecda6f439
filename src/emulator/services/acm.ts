import type * as Sdk from '@aws-sdk/client-acm'
import { AwsError } from '../errors.ts'
import type { Handlers } from '../wire/handlers.ts'
import { arn, type Call, type World } from '../world.ts'

/** Certificates that were asked for here, by ARN. */
export interface AcmState {
  readonly certificates: Record<string, { readonly domain: string; readonly at: Date }>
}

export const emptyAcm = (): AcmState => ({ certificates: {} })

export const acm = (world: World) =>
  ({
    RequestCertificate: ({ DomainName = '' }, call) => {
      const CertificateArn = arn(world, 'acm', call.region, `certificate/${world.random.uuid()}`)
      world.region(call.region).acm.certificates[CertificateArn] = { domain: DomainName, at: world.clock.now() }
      return { CertificateArn }
    },

    DescribeCertificate: ({ CertificateArn = '' }, call) => {
      const requested = world.region(call.region).acm.certificates[CertificateArn]
      if (!requested && !isOf(CertificateArn, call)) {
        throw new AwsError('ResourceNotFoundException', `Could not find certificate ${CertificateArn}.`)
      }
      return {
        Certificate: {
          CertificateArn,
          DomainName: requested?.domain ?? 'example.com',
          Type: 'AMAZON_ISSUED',
          // Nobody can prove here that a domain is theirs. What was issued elsewhere serves in a rehearsal.
          Status: requested ? 'PENDING_VALIDATION' : 'ISSUED',
          ...(requested && { CreatedAt: requested.at }),
        },
      }
    },
  }) satisfies Handlers<typeof Sdk>

const isOf = (certificate: string, { region }: Call): boolean =>
  /^arn:[^:]+:acm:([^:]+):\d{12}:certificate\/.+$/.exec(certificate)?.[1] === region
