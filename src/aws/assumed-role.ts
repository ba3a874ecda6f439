import type { Clock } from '../context.ts'
import type { ClientSettings, Credentials } from './lazy-client.ts'

/** Seconds before their end in which credentials are no longer handed out. */
const MARGIN = 300

/** Credentials of a role, by those that there are otherwise; the same for all clients until they are about to end. */
export function assumedRole(RoleArn: string, settings: ClientSettings, clock: Clock): () => Promise<Credentials> {
  let current: Promise<Credentials> | undefined
  let until = 0

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

  return () => {
    const now = clock.now().getTime()
    if (current && now < until) return current
    // Whoever asks meanwhile waits for the same answer.
    until = Number.POSITIVE_INFINITY
    current = assume().then(
      (found) => {
        until = (found.expiration?.getTime() ?? now) - MARGIN * 1000
        return found
      },
      (error: unknown) => {
        current = undefined
        throw error
      },
    )
    return current
  }
}
