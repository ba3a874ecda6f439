import type { Aws } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { existingOf } from '../../plan/features/existing-balancer.ts'
import { atFound } from '../../plan/forecast/balancer.ts'
import { findingText } from '../../plan/forecast/finding.ts'
import { DEFAULT_VPC, type Environment } from '../../plan/manifest/model.ts'

/** The environment with what the manifest names and only AWS knows: the default VPC, the parts of a load balancer. */
export const lookedUp = async (environment: Environment, aws: Aws): Promise<Environment> =>
  atBalancer(await inDefaultVpc(environment, aws), aws)

async function inDefaultVpc(environment: Environment, { lookups, region }: Aws): Promise<Environment> {
  const { network } = environment
  if (network.kind === 'new' || network.vpc !== DEFAULT_VPC) return environment
  const found = await lookups.defaultVpc()
  if (!found || found.subnets.length < 2) {
    throw new UserError('preflight', `${region} has no default VPC with subnets in two zones`, {
      hint: `aws ec2 create-default-vpc --region ${region} makes it; or leave network.vpc.id out, and the environment gets a VPC of its own`,
    })
  }
  return { ...environment, network: { ...network, vpc: found.id, subnets: found.subnets } }
}

async function atBalancer(environment: Environment, { lookups, region }: Aws): Promise<Environment> {
  const named = existingOf(environment.settings)
  if (typeof named !== 'string') return environment
  const result = atFound(environment, await lookups.loadBalancer(named), region)
  if ('environment' in result) return result.environment
  const { app, name } = environment
  throw new UserError('preflight', `${app} / ${name} cannot be deployed like this; nothing was changed`, {
    problems: result.findings.map((one) => ({ path: one.code, message: findingText(one), hint: one.hint })),
  })
}
