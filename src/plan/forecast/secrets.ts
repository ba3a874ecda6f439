import { resolveSecret, resolveSecrets } from '../features/secrets.ts'
import { withRouters } from '../manifest/containers.ts'
import type { Secret, Service } from '../manifest/model.ts'
import type { Finding } from './finding.ts'

/** A secret as a service names it. */
export interface SecretUse {
  readonly service: string
  /** What it is for: a variable, or something else that a service needs. */
  readonly variable: string
  readonly from: 'ssm' | 'secretsmanager'
  /** By which it can be looked up: without JSON key, stage and version. */
  readonly id: string
}

/** Those of the region; what is elsewhere is left to ECS. */
export const secretUses = (services: readonly Service[], region: string): SecretUse[] =>
  services.flatMap(({ name, settings }) =>
    namedSecrets(name, settings).flatMap(([variable, { from, reference }]) => {
      if (from === 'export') return []
      const isArn = reference.startsWith('arn:')
      if (isArn && reference.split(':')[3] !== region) return []
      const words = reference.split(':')
      const id = from === 'ssm' ? reference : isArn ? words.slice(0, 7).join(':') : (words[0] ?? '')
      return [{ service: name, variable, from, id }]
    }),
  )

/** Of all its containers, of the registries that they come from, of its log driver, and of the login in front of it. */
function namedSecrets(name: string, settings: Service['settings']): [what: string, secret: Secret][] {
  const { image = {}, sidecars = {}, logging = {}, http } = settings
  const secret = (what: string, reference: string | undefined): [string, Secret][] =>
    reference === undefined ? [] : [[what, { from: 'secretsmanager', reference }]]
  return [
    ...withRouters(name, settings).flatMap((container) => Object.entries(resolveSecrets(container.settings))),
    ...secret('the login at the registry', image.credentials),
    ...Object.entries(sidecars).flatMap(([sidecar, { credentialsParameter }]) =>
      secret(`the login at the registry of ${sidecar}`, credentialsParameter),
    ),
    ...Object.entries(logging.secretOptions ?? {}).map(([option, one]): [string, Secret] => [
      `the log option ${option}`,
      resolveSecret(one),
    ]),
    ...secret('the client secret of the login', (http || undefined)?.auth?.client_secret),
  ]
}

/** IAM01: a task whose secret cannot be read is stopped before its container starts. */
export function secretFinding(
  { service, variable, from, id }: SecretUse,
  state: 'there' | 'deleted' | 'missing',
  region: string,
): Finding | undefined {
  if (state === 'there') return undefined
  const what = from === 'ssm' ? `the SSM parameter ${id}` : `the secret ${id}`
  const deleted = state === 'deleted'
  return {
    code: 'IAM01',
    severity: 'error',
    service,
    message: `${variable} comes from ${what}, which ${deleted ? 'is scheduled for deletion' : `does not exist in ${region}`}`,
    hint: deleted
      ? `aws secretsmanager restore-secret --secret-id ${id} --region ${region}`
      : from === 'ssm'
        ? `aws ssm put-parameter --type SecureString --name ${id} --value … --region ${region}`
        : `aws secretsmanager create-secret --name ${id} --secret-string … --region ${region}`,
  }
}
