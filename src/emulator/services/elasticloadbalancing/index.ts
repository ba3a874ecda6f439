import type { World } from '../../world.ts'
import { account } from './account.ts'
import { attributes } from './attributes.ts'
import { watch } from './health.ts'
import { listeners } from './listeners.ts'
import { loadBalancers, provision } from './load-balancers.ts'
import { arrangePorts } from './ports.ts'
import { rules } from './rules.ts'
import { targetGroups } from './target-groups.ts'
import { drain, targets } from './targets.ts'

export const elasticloadbalancing = (world: World) => ({
  ...loadBalancers(world),
  ...listeners(world),
  ...rules(world),
  ...targetGroups(world),
  ...targets(world),
  ...attributes(world),
  ...account(world),
})

/** Opens the load balancers' ports again and goes on with what was under way. */
export function resumeElb(world: World): void {
  for (const [region, { elb }] of Object.entries(world.state.regions)) {
    for (const loadBalancer of Object.values(elb.loadBalancers)) {
      world.background(() => arrangePorts(world, region, loadBalancer))
      if (loadBalancer.State?.Code === 'provisioning') provision(world, loadBalancer)
    }
    for (const group of Object.values(elb.targetGroups)) {
      for (const target of group.targets) {
        if (target.health.State === 'draining') drain(world, group, target)
        else if (group.TargetType !== 'lambda') watch(world, region, group, target)
      }
    }
  }
}
