import type { Services } from '../context.ts'
import type { Clients } from './clients.ts'
import { batches } from './pages.ts'

const BATCH = 100

/** Where tasks are on the internet: at their own network interfaces, or at ports of the instances that they run on. */
export function publicAddresses({ ec2, ecs }: Pick<Clients, 'ec2' | 'ecs'>): Services['publicAddresses'] {
  async function interfaceAddresses(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (ids.length === 0) return new Map()
    const { DescribeNetworkInterfacesCommand } = await import('@aws-sdk/client-ec2')
    const command = new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds: [...ids] })
    const { NetworkInterfaces = [] } = await (await ec2()).send(command)
    return new Map(
      NetworkInterfaces.flatMap(({ NetworkInterfaceId = '', Association }): [string, string][] =>
        Association?.PublicIp === undefined ? [] : [[NetworkInterfaceId, Association.PublicIp]],
      ),
    )
  }

  /** By the ARN that ECS has of an instance. */
  async function instanceAddresses(cluster: string, arns: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const { DescribeContainerInstancesCommand } = await import('@aws-sdk/client-ecs')
    const { DescribeInstancesCommand } = await import('@aws-sdk/client-ec2')
    const addresses = new Map<string, string>()
    for (const batch of batches([...new Set(arns)], BATCH)) {
      const { containerInstances = [] } = await (await ecs()).send(
        new DescribeContainerInstancesCommand({ cluster, containerInstances: batch }),
      )
      const InstanceIds = containerInstances.flatMap(({ ec2InstanceId }) => ec2InstanceId ?? [])
      // Asked for none, EC2 tells of all.
      if (InstanceIds.length === 0) continue
      const { Reservations = [] } = await (await ec2()).send(new DescribeInstancesCommand({ InstanceIds }))
      const instances = Reservations.flatMap(({ Instances = [] }) => Instances)
      for (const { containerInstanceArn = '', ec2InstanceId } of containerInstances) {
        const { PublicIpAddress } = instances.find(({ InstanceId }) => InstanceId === ec2InstanceId) ?? {}
        if (PublicIpAddress !== undefined) addresses.set(containerInstanceArn, PublicIpAddress)
      }
    }
    return addresses
  }

  return async (cluster, tasks, port) => {
    const onInstances = tasks.flatMap(({ instance, networkInterface }) => (networkInterface ? [] : (instance ?? [])))
    const [ofInterfaces, ofInstances] = await Promise.all([
      interfaceAddresses(tasks.flatMap(({ networkInterface }) => networkInterface ?? [])),
      instanceAddresses(cluster, onInstances),
    ])
    return tasks.map(({ networkInterface, instance, ports }) => {
      const address = ofInterfaces.get(networkInterface ?? '') ?? ofInstances.get(instance ?? '')
      const at = networkInterface === undefined ? ports.find(({ container }) => container === port)?.host : port
      return address === undefined || at === undefined ? undefined : `${address}:${at}`
    })
  }
}
