import type { Aws, Chance, Clock, Target } from '../context.ts'
import { capacity } from './capacity.ts'
import { clientSettings, lazyClient } from './clients.ts'
import { explainAwsError } from './errors.ts'
import { images } from './images.ts'
import { awsPace, localPace, pauses } from './pace.ts'
import { services } from './services.ts'
import { stacks } from './stacks.ts'

/** The account, region and endpoint that a command works on. */
export async function connectAws(target: Target, clock: Clock, chance: Chance): Promise<Aws> {
  const settings = clientSettings(target)
  const sts = lazyClient(settings, async () => (await import('@aws-sdk/client-sts')).STSClient)
  const region = await (await sts()).config.region().catch((error: unknown) => {
    throw explainAwsError(error)
  })
  const pause = pauses(clock, target.local ? localPace : awsPace)
  return {
    region,
    local: target.local,
    pause,
    async account() {
      const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts')
      const { Account = '', Arn = '' } = await (await sts()).send(new GetCallerIdentityCommand({}))
      return { id: Account, arn: Arn }
    },
    stacks: stacks(settings, clock, pause, chance),
    images: images(settings),
    services: services(settings),
    capacity: capacity(settings, clock, pause),
  }
}
