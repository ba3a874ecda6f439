import * as z from 'zod'
import { between, type Check } from '../manifest/checks/places.ts'
import { given, seconds } from '../manifest/durations.ts'
import { duration, pattern, text } from '../manifest/fields.ts'
import type { ManifestService } from '../manifest/schema.ts'
import type { Json } from '../template.ts'

const url = pattern('an address that begins with https://', /^https:\/\/\S+$/)

/** A login by OpenID Connect, as the load balancer asks for it. */
export const login = z.strictObject({
  issuer: url.describe('the identity provider, as it calls itself'),
  authorization_endpoint: url.describe('where visitors log in'),
  token_endpoint: url.describe('where the load balancer gets its tokens'),
  user_info_endpoint: url.describe('where it learns who the visitor is'),
  client_id: text.describe('name of this application at the provider'),
  client_secret: pattern('the name or ARN of a secret, or name:key', /^[\w/.+=@:-]+$/).describe(
    'secret of Secrets Manager that holds the client secret; name:key for a key of its JSON',
  ),
  scope: text.optional().describe('what is asked for, openid if left out'),
  session: z
    .strictObject({ timeout: duration.optional(), cookie_name: text.optional() })
    .optional()
    .describe('how long a login lasts, 7 days if left out, and the name of its cookie'),
  on_unauthenticated: z
    .enum(['authenticate', 'allow', 'deny'])
    .optional()
    .describe('what becomes of visitors without a login: they are sent to log in if left out'),
})

/** Seven days. */
const LONGEST_SESSION = 604_800

export const sessions: Check = ({ http }) => {
  const timeout = http ? http.auth?.session?.timeout : undefined
  return timeout === undefined
    ? []
    : between(['http', 'auth', 'session', 'timeout'], seconds(timeout), 1, LONGEST_SESSION)
}

/** The action that goes before a rule's own. The secret is named, so that no template has its value. */
export function loginAction({ http }: ManifestService): Json | undefined {
  const auth = http ? http.auth : undefined
  if (!auth) return undefined
  return {
    Type: 'authenticate-oidc',
    AuthenticateOidcConfig: {
      Issuer: auth.issuer,
      AuthorizationEndpoint: auth.authorization_endpoint,
      TokenEndpoint: auth.token_endpoint,
      UserInfoEndpoint: auth.user_info_endpoint,
      ClientId: auth.client_id,
      ClientSecret: secretReference(auth.client_secret),
      Scope: auth.scope ?? 'openid',
      OnUnauthenticatedRequest: auth.on_unauthenticated ?? 'authenticate',
      ...(auth.session?.timeout !== undefined && { SessionTimeout: given(auth.session.timeout, 0) }),
      ...(auth.session?.cookie_name !== undefined && { SessionCookieName: auth.session.cookie_name }),
    },
  }
}

/** A dynamic reference, which CloudFormation resolves when it makes the rule. */
function secretReference(secret: string): string {
  const [, id = secret, key] = /^(arn:[^:]+(?::[^:]*){4}:secret:[^:]+|[^:]+)(?::(.+))?$/.exec(secret) ?? []
  return `{{resolve:secretsmanager:${id}:SecretString${key === undefined ? '' : `:${key}`}}}`
}
