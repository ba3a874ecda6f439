import type { Clock } from '../context.ts'
import type { ClientSettings, Credentials } from './lazy-client.ts'

/** Seconds before their end in which credentials are no longer handed out. */
const MARGIN = 300

/** Credentials of a role, by those that there are otherwise; the same for all clients until they are about to end. */
export function assumedRole(RoleArn: string, settings: ClientSettings, clock: Clock): () => Promise<Credentials> {
  let current: Promise<Credentials> | undefined

  async function assume(): Promise<Credentials> {
    const { AssumeRoleCommand, STSClient } = await import('@aws-sdk/client-sts')
    const client = new STSClient(settings)
    const { Credentials: found } = await client.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'img2vid' }))
    const {
      AccessKeyId: accessKeyId = '',
      SecretAccessKey: secretAccessKey = '',
      SessionToken,
      Expiration,
    } = found ?? {}
    return {
      accessKeyId,
      secretAccessKey,
      ...(SessionToken !== undefined && { sessionToken: SessionToken }),
      ...(Expiration !== undefined && { expiration: Expiration }),
    }
  }

  return async () => {
    const known = await current?.catch(() => undefined)
    if (known?.expiration && known.expiration.getTime() - clock.now().getTime() > MARGIN * 1000) return known
    current = assume()
    return current
  }
}
