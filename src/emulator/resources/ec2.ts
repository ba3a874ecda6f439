import { gatewayResources } from './ec2/gateways.ts'
import { instanceResources } from './ec2/instances.ts'
import { routeResources } from './ec2/routes.ts'
import { securityGroupResources } from './ec2/security-groups.ts'
import { vpcResources } from './ec2/vpc.ts'

export const ec2Resources = {
  ...vpcResources,
  ...routeResources,
  ...securityGroupResources,
  ...gatewayResources,
  ...instanceResources,
}
