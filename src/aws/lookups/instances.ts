import type { Lookups } from '../../context.ts'
import type { Clients } from '../clients.ts'
import { allPages } from '../pages.ts'
import { quotaLimits } from './quota.ts'

/** Instances: how many there may be, and where there are some. */
export function instanceLookups({ ec2, quotas }: Clients): Pick<Lookups, 'vcpus' | 'offerings' | 'zones'> {
  const limitOf = quotaLimits(quotas)

  async function vcpusInUse(types: readonly string[], spot: boolean): Promise<number> {
    const { DescribeInstancesCommand } = await import('@aws-sdk/client-ec2')
    const client = await ec2()
    const Filters = [
      { Name: 'instance-state-name', Values: ['pending', 'running'] },
      { Name: 'instance-type', Values: [...types] },
    ]
    const instances = await allPages(async (NextToken) => {
      const answer = await client.send(new DescribeInstancesCommand({ Filters, NextToken }))
      return { items: (answer.Reservations ?? []).flatMap((one) => one.Instances ?? []), next: answer.NextToken }
    })
    return instances
      .filter(({ InstanceLifecycle }) => (InstanceLifecycle === 'spot') === spot)
      .reduce((sum, { CpuOptions: { CoreCount = 0, ThreadsPerCore = 1 } = {} }) => sum + CoreCount * ThreadsPerCore, 0)
  }

  return {
    async vcpus({ code, types, spot }) {
      const [limit, used] = await Promise.all([limitOf('ec2', code), vcpusInUse(types, spot)])
      return { limit, used }
    },

    async offerings(types) {
      const { DescribeInstanceTypeOfferingsCommand } = await import('@aws-sdk/client-ec2')
      const client = await ec2()
      const offerings = await allPages(async (NextToken) => {
        const command = new DescribeInstanceTypeOfferingsCommand({
          LocationType: 'availability-zone',
          Filters: [{ Name: 'instance-type', Values: [...types] }],
          NextToken,
        })
        const answer = await client.send(command)
        return { items: answer.InstanceTypeOfferings ?? [], next: answer.NextToken }
      })
      return offerings.map(({ InstanceType = '', Location = '' }) => ({ type: InstanceType, zone: Location }))
    },

    async zones() {
      const { DescribeAvailabilityZonesCommand } = await import('@aws-sdk/client-ec2')
      const Filters = [
        { Name: 'zone-type', Values: ['availability-zone'] },
        { Name: 'state', Values: ['available'] },
      ]
      const { AvailabilityZones = [] } = await (await ec2()).send(new DescribeAvailabilityZonesCommand({ Filters }))
      return AvailabilityZones.flatMap(({ ZoneName }) => ZoneName ?? []).sort()
    },
  }
}
