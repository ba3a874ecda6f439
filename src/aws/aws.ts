import type { Aws, Chance, Clock, Target } from '../context.ts'
import { capacity } from './capacity.ts'
import { clientSettings, lazyClient } from './clients.ts'
import { images } from './images.ts'
import { services } from './services.ts'
import { stacks } from './stacks.ts'

/** The account, region and endpoint that a command works on. */
export async function connectAws(target: Target, clock: Clock, chance: Chance): Promise<Aws> {
  const settings = clientSettings(target)
  const sts = lazyClient(settings, async () => (await import('@aws-sdk/client-sts')).STSClient)
  const region = await (await sts()).config.region()
  // The embedded AWS lives faster than AWS: it is asked more often.
  const pace = { clock, factor: target.local ? 0.05 : 1 }
  return {
    region,
    local: target.local,
    async account() {
      const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts')
      const { Account = '', Arn = '' } = await (await sts()).send(new GetCallerIdentityCommand({}))
      return { id: Account, arn: Arn }
    },
    stacks: stacks(settings, pace, chance),
    images: images(settings),
    services: services(settings),
    capacity: capacity(settings, pace),
  }
}
