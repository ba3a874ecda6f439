import type { Aws } from '../../context.ts'
import type { Service } from '../../plan/manifest/model.ts'

/** Where visitors find tasks that have no load balancer, which is another place for every task and after every update. */
export async function publicAddress(service: Service, cluster: string, arn: string, aws: Aws): Promise<string | null> {
  if (!service.settings.network?.ingress || service.http) return null
  const tasks = await aws.services.tasks(cluster, arn, 'RUNNING')
  const interfaces = tasks.flatMap(({ networkInterface }) => networkInterface ?? [])
  const addresses = await aws.services.publicAddresses(interfaces)
  return addresses.length === 0 ? null : addresses.map((address) => `http://${address}:${service.port}`).join(', ')
}
