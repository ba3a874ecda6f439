import { AwsError } from '../errors.ts'
import { catalogue, type ServiceName } from '../wire/catalogue.ts'

/** An API of AWS, or the registry beside ECR's, which docker talks to. */
export type Callee = ServiceName | 'registry'

/** What a service says by the protocol that it speaks. */
const byProtocol = <Words>(
  service: Callee,
  words: Readonly<
    Record<'awsJson1_0' | 'awsJson1_1' | 'awsQuery' | 'ec2Query' | 'restJson1' | 'restXml' | 'registry', Words>
  >,
) => words[service === 'registry' ? 'registry' : dialectOf(service)]

const dialectOf = (service: ServiceName) => {
  const { protocol } = catalogue[service]
  return protocol === 'awsJson1_0' ? 'awsJson1_1' : protocol
}

const error = ([code, status, message]: readonly [string, number, string]): AwsError =>
  new AwsError(code, message, status)

export const throttled = (service: Callee): AwsError =>
  error(
    byProtocol(service, {
      awsJson1_0: ['ThrottlingException', 400, 'Rate exceeded'],
      awsJson1_1: ['ThrottlingException', 400, 'Rate exceeded'],
      awsQuery: ['Throttling', 400, 'Rate exceeded'],
      ec2Query: ['RequestLimitExceeded', 503, 'Request limit exceeded.'],
      restJson1: ['ThrottlingException', 429, 'Rate exceeded'],
      restXml: ['SlowDown', 503, 'Please reduce your request rate.'],
      registry: ['TOOMANYREQUESTS', 429, 'Rate exceeded'],
    }),
  )

const EXPIRED = 'The security token included in the request is expired'

export const expired = (service: Callee): AwsError =>
  error(
    byProtocol(service, {
      awsJson1_0: ['ExpiredTokenException', 400, EXPIRED],
      awsJson1_1: ['ExpiredTokenException', 400, EXPIRED],
      awsQuery: ['ExpiredToken', 403, EXPIRED],
      ec2Query: ['RequestExpired', 400, 'Request has expired.'],
      restJson1: ['ExpiredTokenException', 403, EXPIRED],
      restXml: ['ExpiredToken', 400, 'The provided token has expired.'],
      registry: ['DENIED', 403, 'Your authorization token has expired. Reauthenticate and try again.'],
    }),
  )

/** Where actions are not called like the service that requests are signed for. */
const PREFIXES: Partial<Record<Callee, string>> = { registry: 'ecr', monitoring: 'cloudwatch' }

export function denied(service: Callee, operation: string, caller: string): AwsError {
  const action = `${PREFIXES[service] ?? service}:${operation}`
  const text = `User: ${caller} is not authorized to perform: ${action} on resource: * because no identity-based policy allows the ${action} action`
  return error(
    byProtocol(service, {
      awsJson1_0: ['AccessDeniedException', 400, text],
      awsJson1_1: ['AccessDeniedException', 400, text],
      awsQuery: ['AccessDenied', 403, text],
      ec2Query: ['UnauthorizedOperation', 403, `You are not authorized to perform this operation. ${text}`],
      restJson1: ['AccessDeniedException', 403, text],
      restXml: ['AccessDenied', 403, text],
      registry: ['DENIED', 403, text],
    }),
  )
}

/** The texts of the errors that all services have in common (each API reference, "Common Errors"). */
export const commonText = (code: string): string =>
  ({
    InternalFailure: 'The request processing has failed because of an unknown error, exception or failure.',
    ServiceUnavailable: 'The request has failed due to a temporary failure of the server.',
  })[code] ?? code
