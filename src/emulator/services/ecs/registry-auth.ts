import type { ContainerDefinition } from '@aws-sdk/client-ecs'
import { AwsError } from '../../errors.ts'
import type { RegistryLogin } from '../../runtime/runtime.ts'
import type { Call, World } from '../../world.ts'
import { registryLogin } from '../ecr/authorization.ts'
import { StartError } from './start-error.ts'

const LOOPBACK = /^(127(\.\d+){3}|localhost)(:\d+)?$/

/**
 * How an image is pulled: with ECR's own login, or with the credentials that the container names. These are looked at
 * in any case, and used where the registry is on this machine: what stands in this Secrets Manager is no secret of others.
 */
export function loginFor(
  world: World,
  call: Call,
  { image = '', repositoryCredentials }: Pick<ContainerDefinition, 'image' | 'repositoryCredentials'>,
): RegistryLogin | undefined {
  const { credentialsParameter } = repositoryCredentials ?? {}
  if (credentialsParameter === undefined) return registryLogin(world, image)
  const { username: user, password } = credentials(world, call, credentialsParameter)
  const [host = ''] = image.split('/')
  return LOOPBACK.test(host) ? { host, user, password } : undefined
}

function credentials(world: World, call: Call, reference: string): { username: string; password: string } {
  const text = secretText(world, call, reference)
  try {
    const { username, password } = JSON.parse(text) as Record<string, unknown>
    if (typeof username === 'string' && typeof password === 'string') return { username, password }
  } catch {
    // The same words as for JSON without these members.
  }
  throw notRead(`unable to unmarshal the secret ${reference}: it has to be JSON with username and password`)
}

function secretText(world: World, call: Call, reference: string): string {
  try {
    return world.services.secretsmanager.GetSecretValue({ SecretId: reference }, call).SecretString ?? ''
  } catch (error) {
    if (!(error instanceof AwsError)) throw error
    throw notRead(
      `unable to retrieve secret from asm: service call has been retried 1 time(s): failed to fetch secret ${reference} from secrets manager: ${error.code}: ${error.message}`,
    )
  }
}

const notRead = (message: string): StartError =>
  new StartError(
    `ResourceInitializationError: unable to pull secrets or registry auth: execution resource retrieval failed: unable to retrieve ecr registry auth: ${message}`,
  )
