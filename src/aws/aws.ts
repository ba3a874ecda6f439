import type { Aws, Chance, Clock, Target } from '../context.ts'
import { capacity } from './capacity.ts'
import { type Clients, createClients } from './clients.ts'
import { explainAwsError } from './errors.ts'
import { images } from './images.ts'
import { type Construct, clientSettings, constructClient } from './lazy-client.ts'
import { logs } from './logs.ts'
import { lookups } from './lookups/index.ts'
import { awsPace, localPace, type Pace, poller } from './poller.ts'
import { services } from './services.ts'
import { stacks } from './stacks.ts'
import { templates } from './templates.ts'

/** The account, region and endpoint that a command works on. */
export async function connectAws(
  target: Target,
  clock: Clock,
  chance: Chance,
  construct: Construct = constructClient,
  pace: Pace = target.local ? localPace : awsPace,
): Promise<Aws> {
  const settings = clientSettings(target, clock)
  const clientsIn = (region = settings.region) =>
    createClients({ settings: { ...settings, ...(region !== undefined && { region }) }, clock, chance, construct })
  const clients = clientsIn()
  const { sts } = clients
  const region = settings.region ?? (await configuredRegion(clients))
  const poll = poller(clock, chance, pace)
  return {
    region,
    local: target.local,
    poll,
    async account() {
      const { GetCallerIdentityCommand } = await import('@aws-sdk/client-sts')
      const { Account = '', Arn = '' } = await (await sts()).send(new GetCallerIdentityCommand({}))
      return { id: Account, arn: Arn }
    },
    stacks: stacks(clients, poll),
    images: images(clients),
    templates: templates(clients),
    services: services(clients),
    capacity: capacity(clients, poll),
    logs: logs(clients),
    lookups: lookups(clients, clientsIn),
  }
}

/** As the environment or the profile says; of any client, and of CloudFormation every command needs one. */
async function configuredRegion({ cloudformation }: Clients): Promise<string> {
  try {
    return await (await cloudformation()).config.region()
  } catch (error) {
    throw explainAwsError(error)
  }
}
