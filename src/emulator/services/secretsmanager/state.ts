import { AwsError } from '../../errors.ts'
import type { Tags } from '../../tags.ts'
import type { Call, World } from '../../world.ts'

export interface SecretVersion {
  readonly id: string
  /** In clear, as in the parameters of SSM: nobody but its owner can read the file that keeps the state. */
  readonly string?: string
  /** Base64, since the state is JSON. */
  readonly binary?: string
  readonly created: Date
  stages: string[]
}

export interface Secret {
  readonly arn: string
  readonly name: string
  description?: string
  kmsKeyId?: string
  readonly created: Date
  changed: Date
  accessed?: Date
  /** When it will be gone, or when its deletion was asked for. */
  deletion?: { readonly requested: Date; readonly due: Date }
  readonly tags: Tags
  /** The oldest first. */
  versions: SecretVersion[]
}

export interface SecretsManagerState {
  readonly secrets: Record<string, Secret>
}

export const emptySecretsManager = (): SecretsManagerState => ({ secrets: {} })

export const notFound = (what = 'secret.'): AwsError =>
  new AwsError('ResourceNotFoundException', `Secrets Manager can't find the specified ${what}`)

export const badRequest = (message: string): AwsError => new AwsError('InvalidRequestException', message)

/** The secrets of a region; those whose recovery window has passed are gone. */
export function secretsOf(world: World, { region }: Call): Record<string, Secret> {
  const { secrets } = world.region(region).secretsmanager
  for (const { name, deletion } of Object.values(secrets)) {
    if (deletion && deletion.due <= world.clock.now()) delete secrets[name]
  }
  return secrets
}

/** By name, by ARN, or by ARN without the six characters that AWS appends to the name. */
export function findSecret(world: World, call: Call, id = ''): Secret {
  const secrets = secretsOf(world, call)
  const named = secrets[id] ?? Object.values(secrets).find(({ arn }) => arn === id || arn.slice(0, -7) === id)
  if (!named) throw notFound()
  return named
}

export function findUsable(world: World, call: Call, id: string | undefined): Secret {
  const secret = findSecret(world, call, id)
  if (!secret.deletion) return secret
  throw badRequest("You can't perform this operation on the secret because it was marked for deletion.")
}
