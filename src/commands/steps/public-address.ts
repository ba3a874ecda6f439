import type { Aws, Context } from '../../context.ts'
import type { Service } from '../../plan/manifest/model.ts'

type Reached = Awaited<ReturnType<Context['local']['reached']>>

/** Where visitors find tasks that have no load balancer, which is another place for every task and after every update. */
export async function publicAddress(
  service: Service,
  cluster: string,
  arn: string,
  aws: Aws,
  { local }: Context,
): Promise<string | null> {
  const { port, http, settings } = service
  if (!settings.network?.ingress || http || port === undefined) return null
  const tasks = await aws.services.tasks(cluster, arn, 'RUNNING')
  const [addresses, here]: [readonly (string | undefined)[], Reached] = await Promise.all([
    aws.services.publicAddresses(cluster, tasks, port),
    aws.local ? local.reached(aws.local, aws.region) : {},
  ])
  const found = tasks.flatMap((task, index) => here[task.arn]?.[port] ?? addresses[index] ?? []).sort()
  return found.length === 0 ? null : found.map((address) => `http://${address}`).join(', ')
}
