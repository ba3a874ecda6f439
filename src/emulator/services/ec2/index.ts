import type { World } from '../../world.ts'
import { addresses } from './addresses.ts'
import { flowLogs } from './flow-logs.ts'
import { images } from './images.ts'
import { ageInstance } from './instance-life.ts'
import { instanceTypes } from './instance-types.ts'
import { instances } from './instances.ts'
import { internetGateways } from './internet-gateways.ts'
import { launchTemplates } from './launch-templates.ts'
import { ageNatGateway, natGateways } from './nat-gateways.ts'
import { networkAcls } from './network-acls.ts'
import { networkInterfaces } from './network-interfaces.ts'
import { regions } from './regions.ts'
import { routeTables } from './route-tables.ts'
import { routes } from './routes.ts'
import { runInstances } from './run-instances.ts'
import { securityGroupRules } from './security-group-rules.ts'
import { securityGroups } from './security-groups.ts'
import { watchInterruptions } from './spot.ts'
import { subnets } from './subnets.ts'
import { tags } from './tags.ts'
import { ageVpcEndpoint, vpcEndpoints } from './vpc-endpoints.ts'
import { vpcs } from './vpcs.ts'

export const ec2 = (world: World) => ({
  ...regions(world),
  ...vpcs(world),
  ...subnets(world),
  ...internetGateways(world),
  ...natGateways(world),
  ...addresses(world),
  ...routeTables(world),
  ...routes(world),
  ...networkAcls(world),
  ...vpcEndpoints(world),
  ...securityGroups(world),
  ...securityGroupRules(world),
  ...networkInterfaces(world),
  ...launchTemplates(world),
  ...instanceTypes,
  ...images,
  ...runInstances(world),
  ...instances(world),
  ...flowLogs(world),
  ...tags(world),
})

export function resumeEc2(world: World): void {
  watchInterruptions(world)
  for (const [region, { ec2 }] of Object.entries(world.state.regions)) {
    for (const id of Object.keys(ec2.natGateways)) ageNatGateway(world, region, id)
    for (const id of Object.keys(ec2.vpcEndpoints)) ageVpcEndpoint(world, region, id)
    for (const id of Object.keys(ec2.instances)) ageInstance(world, region, id)
  }
}
