import { type Existing, existingOf, lackingListeners, withFound } from '../features/existing-balancer.ts'
import { type Environment, rulesOf, type Service } from '../manifest/model.ts'
import type { BalancerFacts } from './facts.ts'
import type { Finding } from './finding.ts'

const net08 = (message: string, hint: string, service?: string): Finding => ({
  code: 'NET08',
  severity: 'error',
  ...(service !== undefined && { service }),
  message,
  hint,
})

/** The environment with its load balancer as it was found by its name, or what keeps services from being behind it. */
export function atFound(
  environment: Environment,
  found: BalancerFacts | undefined,
  region: string,
): { readonly environment: Environment } | { readonly findings: readonly Finding[] } {
  const named = existingOf(environment.settings)
  const place = 'http.public.load_balancer'
  const list = `mend ${place}; aws elbv2 describe-load-balancers --region ${region} lists those that there are`
  if (found?.type !== 'application') {
    const is = found
      ? `is a ${found.type} load balancer; rules are for application load balancers`
      : `does not exist in ${region}`
    return { findings: [net08(`the load balancer ${named} ${is}`, list)] }
  }
  const details: Existing = {
    http_listener: best(found, 'HTTP', 80),
    https_listener: best(found, 'HTTPS', 443),
    security_group: found.groups[0] ?? '',
    dns_name: found.host,
    zone_id: found.zone,
  }
  const { network, services } = environment
  const findings = [
    ...(network.kind === 'existing' && network.vpc !== found.vpc
      ? [
          net08(
            `the load balancer ${named} is in ${found.vpc}, and the tasks are in ${network.vpc}`,
            `name its VPC under network.vpc.id, or ${list}`,
          ),
        ]
      : []),
    ...(details.http_listener === undefined && details.https_listener === undefined
      ? [
          net08(
            `the load balancer ${named} has no listener for HTTP or HTTPS`,
            `aws elbv2 create-listener gives it one; or ${list}`,
          ),
        ]
      : lackingListeners(details, services).map(({ service, key, kind }) =>
          net08(
            `http.${key} needs ${kind}, for which the load balancer ${named} has no listener`,
            `aws elbv2 create-listener gives it one, or leave services.${service}.http.${key} out`,
            service,
          ),
        )),
  ]
  return findings.length > 0 ? { findings } : { environment: withFound(environment, details) }
}

/** The listener of the usual port, or another one that speaks the protocol. */
function best({ listeners }: BalancerFacts, protocol: string, usual: number): string | undefined {
  const speaking = listeners.filter((one) => one.protocol === protocol)
  return (speaking.find(({ port }) => port === usual) ?? speaking[0])?.arn
}

/** NET08: rules of others that have the places of a new service's. */
export const takenPlaces = ({ name, http }: Service, taken: readonly number[]): Finding[] =>
  rulesOf(http)
    .flatMap(({ priority, testPriority }) => [priority, ...(testPriority === undefined ? [] : [testPriority])])
    .filter((priority) => taken.includes(priority))
    .map((priority) =>
      net08(
        `the load balancer has a rule of somebody else at the priority ${priority}, which this service's rule would have`,
        `call the service otherwise than ${name}: its name decides; or move the other rule: aws elbv2 set-rule-priorities`,
        name,
      ),
    )
