import type { Aws } from '../../context.ts'
import { UserError } from '../../errors.ts'
import { DEFAULT_VPC, type Environment } from '../../plan/manifest/model.ts'

/** The environment with the region's default VPC by id, where the manifest names it as `default`. */
export async function inDefaultVpc(environment: Environment, { lookups, region }: Aws): Promise<Environment> {
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
