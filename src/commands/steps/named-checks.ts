import type { Aws } from '../../context.ts'
import { existingOf } from '../../plan/features/existing-balancer.ts'
import { securityGroupsOf } from '../../plan/features/network.ts'
import { namedAlarms } from '../../plan/features/rollback-alarms.ts'
import { alarmFindings } from '../../plan/forecast/alarms.ts'
import { takenPlaces } from '../../plan/forecast/balancer.ts'
import { exportFindings, exportUses } from '../../plan/forecast/exports.ts'
import {
  endpointFindings,
  fileSystemFindings,
  fileSystemUses,
  groupFindings,
  objectFinding,
  objectUses,
  policyFinding,
  policyUses,
} from '../../plan/forecast/named.ts'
import type { Service } from '../../plan/manifest/model.ts'
import { environmentStack } from '../../plan/names.ts'
import type { Check, Scope } from './scope.ts'

/** Whether what the manifest names exists: policies, security groups, endpoints, file systems, alarms, buckets and objects, exports. */
export function namedChecks(scope: Scope, aws: Aws): Check[] {
  const { environment, shared, services } = scope
  const { network } = environment
  const groups = services.map((service) => ({
    name: service.name,
    ids: securityGroupsOf(environment, service).filter((group) => typeof group === 'string'),
  }))
  return [
    ...policyChecks(scope, aws),
    ...ruleChecks(scope, aws),
    ...(groups.some(({ ids }) => ids.length > 0) ? [groupCheck(scope, groups, aws)] : []),
    ...(shared && network.kind === 'new' && network.endpoints.length > 0
      ? [endpointCheck(network.endpoints, aws)]
      : []),
    ...fileSystemUses(services).map((use) => ({
      code: 'STO01',
      title: `the file system ${use.id}`,
      look: async () =>
        fileSystemFindings(use, await aws.lookups.fileSystem(use.id), await vpcOf(scope, aws), aws.region),
    })),
    ...services.filter((service) => namedAlarms(service).length > 0).map((service) => alarmCheck(service, aws)),
    ...objectChecks(scope, aws),
    ...exportChecks(scope, aws),
  ]
}

/** The VPC of the tasks; undefined where none is made yet. */
async function vpcOf(
  { environment: { app, name, network }, shared }: Scope,
  { stacks }: Aws,
): Promise<string | undefined> {
  if (network.kind === 'existing') return network.vpc
  const live = shared ? shared.live : await stacks.find(environmentStack(app, name))
  return live?.outputs.Vpc
}

function policyChecks({ environment, shared, services }: Scope, aws: Aws): Check[] {
  const named = policyUses(environment, services, shared !== undefined, '')
  if (named.length === 0) return []
  const look = async () => {
    const uses = policyUses(environment, services, shared !== undefined, (await aws.account()).arn)
    const arns = [...new Set(uses.map(({ arn }) => arn))]
    const there = await Promise.all(arns.map(aws.lookups.policy))
    return uses.flatMap((use) => (there[arns.indexOf(use.arn)] ? [] : [policyFinding(use)]))
  }
  return [{ code: 'IAM03', title: 'the policies', look }]
}

/** Of services that are new at a load balancer where others have their rules. */
function ruleChecks({ environment, services, fresh: names }: Scope, { lookups }: Aws): Check[] {
  const there = existingOf(environment.settings)
  const fresh = services.filter(({ name, http }) => http && !http.internal && names.includes(name))
  const listener = typeof there === 'object' ? (there.https_listener ?? there.http_listener) : undefined
  if (listener === undefined || fresh.length === 0) return []
  const look = async () => {
    const taken = await lookups.priorities(listener)
    return fresh.flatMap((service) => takenPlaces(service, taken))
  }
  return [{ code: 'NET08', title: 'the rules of the load balancer', look }]
}

const groupCheck = (
  scope: Scope,
  groups: readonly { readonly name: string; readonly ids: readonly string[] }[],
  aws: Aws,
): Check => ({
  code: 'NET06',
  title: 'the security groups',
  look: async () => {
    const [found, vpc] = await Promise.all([
      aws.lookups.securityGroups([...new Set(groups.flatMap(({ ids }) => ids))]),
      vpcOf(scope, aws),
    ])
    return groups.flatMap(({ name, ids }) => groupFindings(name, ids, found, vpc, aws.region))
  },
})

const endpointCheck = (wanted: readonly string[], { lookups, region }: Aws): Check => ({
  code: 'NET07',
  title: 'the VPC endpoints',
  look: async () => endpointFindings(wanted, await lookups.endpointServices(), region),
})

const alarmCheck = (service: Service, { lookups, region }: Aws): Check => ({
  code: 'ALM01',
  title: `the alarms of ${service.name}`,
  look: async () => alarmFindings(service, await lookups.alarms(namedAlarms(service)), region),
})

function objectChecks({ environment, shared, services }: Scope, { local, lookups }: Aws): Check[] {
  // What containers find in an account is no part of a rehearsal.
  const uses = objectUses(environment, services, shared !== undefined).filter(({ needed }) => needed || !local)
  return uses.map((use) => ({
    code: 'STO02',
    title: `the bucket ${use.bucket}`,
    look: async () => ((await lookups.stored(use.bucket, use.key)) ? [] : [objectFinding(use)]),
  }))
}

function exportChecks({ environment, services }: Scope, { lookups, region }: Aws): Check[] {
  // What the environment's own stack exports, it may still have to make.
  const own = `${environmentStack(environment.app, environment.name)}-`
  const uses = exportUses(environment, services).filter(({ name }) => !name.startsWith(own))
  if (uses.length === 0) return []
  const look = async () => exportFindings(uses, await lookups.exports(), region)
  return [{ code: 'CFN03', title: 'the exports of other stacks', look }]
}
