import type { Aws, Chance, Clock, Target } from '../context.ts'
import { capacity } from './capacity.ts'
import { type Construct, clientSettings, constructClient, lazyClient } from './clients.ts'
import { explainAwsError } from './errors.ts'
import { images } from './images.ts'
import { logs } from './logs.ts'
import { lookups } from './lookups/index.ts'
import { awsPace, localPace, poller } from './poller.ts'
import { services } from './services.ts'
import { stacks } from './stacks.ts'

/** The account, region and endpoint that a command works on. */
export async function connectAws(
  target: Target,
  clock: Clock,
  chance: Chance,
  construct: Construct = constructClient,
): Promise<Aws> {
  const connection = { settings: clientSettings(target), clock, chance, construct }
  const sts = lazyClient(connection, async () => (await import('@aws-sdk/client-sts')).STSClient)
  const region = await (await sts()).config.region().catch((error: unknown) => {
    throw explainAwsError(error)
  })
  const poll = poller(clock, chance, target.local ? localPace : awsPace)
  return {
    region,
    local: target.local,
    poll,
    async account() {
      const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts')
      const { Account = '', Arn = '' } = await (await sts()).send(new GetCallerIdentityCommand({}))
      return { id: Account, arn: Arn }
    },
    stacks: stacks(connection, poll),
    images: images(connection),
    services: services(connection),
    capacity: capacity(connection, poll),
    logs: logs(connection),
    lookups: lookups(connection),
  }
}
