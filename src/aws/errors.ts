import { isServerError, isThrottlingError, isTransientError } from '@smithy/core/retry'
import { UserError } from '../errors.ts'

interface SdkError {
  readonly name?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const NO_CREDENTIALS = [
  'CredentialsProviderError',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'AuthFailure',
  'SignatureDoesNotMatch',
]
const EXPIRED = ['ExpiredToken', 'ExpiredTokenException', 'RequestExpired', 'InvalidIdentityToken']
const DENIED = ['AccessDenied', 'AccessDeniedException', 'UnauthorizedOperation', 'AuthorizationError']
const UNREACHABLE = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'TimeoutError',
  'NetworkingError',
]

/** What the user can mend, in words with a way out; anything else as it is. */
export function explainAwsError(error: unknown): unknown {
  const { name = '', message = '' } = error as SdkError
  const code = (error as { code?: string }).code ?? ''
  if (/^Region is missing/.test(message)) {
    return new UserError('usage', 'No AWS region is set', {
      hint: 'add --region us-east-1, or region: to the environment in img2vid.yaml, or set AWS_REGION',
      cause: error,
    })
  }
  if (NO_CREDENTIALS.includes(name)) {
    return new UserError('preflight', `There are no valid AWS credentials: ${message}`, {
      hint: 'run aws sso login or aws configure, or name a profile with --profile; img2vid deploy --local needs none',
      cause: error,
    })
  }
  if (EXPIRED.includes(name)) {
    return new UserError('lost-contact', `The AWS credentials have expired: ${message}`, {
      hint: 'log in again (aws sso login), then run the same command: it carries on where it stopped',
      cause: error,
    })
  }
  if (DENIED.includes(name)) {
    return new UserError('preflight', `AWS does not allow it: ${message}`, {
      hint: 'ask for the permission, or use another --profile',
      cause: error,
    })
  }
  if (UNREACHABLE.includes(code) || UNREACHABLE.includes(name)) {
    return new UserError('lost-contact', `AWS cannot be reached: ${message || code}`, {
      hint: 'check the network, then run the same command: it carries on where it stopped',
      cause: error,
    })
  }
  if (isPassing(error)) {
    return new UserError('lost-contact', `AWS does not answer as it should: ${name}: ${message}`, {
      hint: 'wait a little, then run the same command: it carries on where it stopped',
      cause: error,
    })
  }
  return error
}

/** The error of AWS, whatever was made of it. */
const original = (error: unknown): Parameters<typeof isThrottlingError>[0] & { code?: string } => {
  const { cause } = error as Error
  return Object(error instanceof UserError && cause instanceof Error ? cause : error)
}

/** Of HTTP. */
export const statusOf = (error: unknown): number | undefined => (original(error) as SdkError).$metadata?.httpStatusCode

export const isExpired = (error: unknown): boolean => EXPIRED.includes(original(error).name)

export const isThrottled = (error: unknown): boolean => isThrottlingError(original(error))

/** Whether the same call may well succeed a little later: nothing is wrong with it. */
export function isPassing(error: unknown): boolean {
  const cause = original(error)
  return (
    isThrottlingError(cause) ||
    isTransientError(cause) ||
    isServerError(cause) ||
    UNREACHABLE.includes(cause.name) ||
    UNREACHABLE.includes(cause.code ?? '')
  )
}

/** Whether an error says that something does not exist. */
export const isNotFound = (error: unknown, ...names: readonly string[]): boolean =>
  names.includes((error as SdkError).name ?? '')
