import type { Network } from '../manifest/model.ts'
import { vpcParameters } from '../stacks/vpc.ts'
import type { Subnet } from './facts.ts'
import type { Finding } from './finding.ts'

type Existing = Extract<Network, { kind: 'existing' }>

/** AWS asks for as many in each subnet of a load balancer. */
const FOR_LOAD_BALANCER = 8

/** What a task needs to start where there is no internet. */
const NEEDED = ['ecr.api', 'ecr.dkr', 's3', 'logs']

const PLACE = 'network.vpc.subnets'
const PUBLIC = `${PLACE}.public`

const net01 = (severity: Finding['severity'], message: string, hint: string): Finding => ({
  code: 'NET01',
  severity,
  message,
  hint,
})

/** Subnets that are not there, or not in the VPC. */
function absent(ids: readonly string[], vpc: string, subnets: readonly Subnet[], region: string, place: string) {
  const list = `aws ec2 describe-subnets --filters Name=vpc-id,Values=${vpc} --region ${region} lists those of the VPC`
  return [
    ...ids
      .filter((id) => !subnets.some((subnet) => subnet.id === id))
      .map((id) => net01('error', `${id} does not exist in ${region}`, `mend ${place}; ${list}`)),
    ...subnets
      .filter((subnet) => subnet.vpc !== vpc)
      .map(({ id, vpc: other }) => net01('error', `${id} is in ${other}, not in ${vpc}`, `mend ${place}; ${list}`)),
  ]
}

async function lackingOf(shut: readonly Subnet[], endpoints: () => Promise<readonly string[]>): Promise<string[]> {
  if (shut.length === 0) return []
  const there = await endpoints()
  return NEEDED.filter((service) => !there.includes(service))
}

/** NET01: private subnets are there, and tasks without addresses of the internet get out of them. */
export async function privateReachFindings(
  { vpc, privateSubnets: ids }: Existing,
  subnets: readonly Subnet[],
  region: string,
  endpoints: () => Promise<readonly string[]>,
): Promise<Finding[]> {
  const shut = subnets.filter((one) => one.leadsTo !== 'elsewhere' && one.vpc === vpc)
  const lacking = await lackingOf(shut, endpoints)
  return [
    ...absent(ids, vpc, subnets, region, `${PLACE}.private`),
    ...(lacking.length === 0 ? [] : shut).map(({ id, leadsTo }) =>
      net01(
        'error',
        leadsTo === 'internet'
          ? `${id} leads to an internet gateway, which private tasks, without public addresses, cannot use: they get neither image nor logs`
          : `${id} has no way out: tasks there get neither image nor logs`,
        `give its route table a route 0.0.0.0/0 to a NAT gateway, or the VPC endpoints for ${lacking.join(', ')}`,
      ),
    ),
  ]
}

/** NET01: the subnets are there and lead to the internet. `endpoints` is asked for where one leads nowhere. */
export async function reachFindings(
  { vpc, subnets: ids }: Existing,
  subnets: readonly Subnet[],
  region: string,
  endpoints: () => Promise<readonly string[]>,
): Promise<Finding[]> {
  const shut = subnets.filter((one) => one.leadsTo === 'nowhere' && one.vpc === vpc)
  const lacking = await lackingOf(shut, endpoints)
  return [
    ...absent(ids, vpc, subnets, region, PUBLIC),
    ...shut.map(({ id }) =>
      lacking.length > 0
        ? net01(
            'error',
            `${id} has no way to the internet: tasks there get neither image nor logs`,
            'give its route table a route 0.0.0.0/0 to an internet gateway, or name another subnet',
          )
        : net01(
            'warning',
            `${id} has no way to the internet: nobody out there reaches the load balancer`,
            'give its route table a route 0.0.0.0/0 to an internet gateway, or name another subnet',
          ),
    ),
    ...subnets
      .filter((one) => one.leadsTo === 'elsewhere')
      .map(({ id }) =>
        net01(
          'warning',
          `${id} is a private subnet: nobody on the internet reaches a load balancer there`,
          `name public subnets, with a route 0.0.0.0/0 to an internet gateway, under ${PUBLIC}`,
        ),
      ),
  ]
}

/** NET02: there are addresses for what is going to be there. */
export function addressFindings(
  subnets: readonly Subnet[],
  loadBalancer: boolean,
  tasks: number,
  place = PUBLIC,
): Finding[] {
  const hint = `name larger subnets under ${place}, or free addresses in these`
  const tight = loadBalancer ? subnets.filter(({ freeAddresses }) => freeAddresses < FOR_LOAD_BALANCER) : []
  const free = subnets.reduce((sum, subnet) => sum + subnet.freeAddresses, 0)
  const wanted = tasks + (loadBalancer ? subnets.length : 0)
  return [
    ...tight.map(({ id, freeAddresses }): Finding => {
      const message = `free addresses in ${id}: ${freeAddresses}; a load balancer asks for ${FOR_LOAD_BALANCER}`
      return { code: 'NET02', severity: 'error', message, hint }
    }),
    ...(tight.length === 0 && free < wanted
      ? [
          {
            code: 'NET02',
            severity: 'error',
            message: `free addresses in the subnets: ${free}; ${wanted} are wanted`,
            hint,
          } as const,
        ]
      : []),
  ]
}

/** NET03: a load balancer takes one subnet of each zone, and at least two. */
export function zoneFindings(subnets: readonly Subnet[], place = PUBLIC): Finding[] {
  const again = subnets.find((one, index) => subnets.slice(0, index).some(({ zone }) => zone === one.zone))
  if (!again) return []
  return [
    {
      code: 'NET03',
      severity: 'error',
      message: `${subnets
        .filter(({ zone }) => zone === again.zone)
        .map(({ id }) => id)
        .join(' and ')} are both in ${again.zone}; a load balancer takes one subnet of each zone, and at least two`,
      hint: `name subnets of different zones under ${place}`,
    },
  ]
}

/** NET09: everything in an environment hangs on its VPC, which CloudFormation could only make or take anew. */
export function movedFindings(network: Network, deployed: Readonly<Record<string, string>>, stack: string): Finding[] {
  const is = vpcOf(deployed)
  const wanted = vpcOf(vpcParameters(network))
  if (is === undefined || wanted === undefined || is === wanted) return []
  const message = `${stack} is in ${is}, and the manifest wants it in ${wanted}: an environment stays in its VPC`
  const hint =
    'say network.vpc as it was; or deploy an environment of another name there, and destroy this one after it'
  return [{ code: 'NET09', severity: 'error', message, hint }]
}

const vpcOf = ({ Vpc, NetworkCidr }: Readonly<Record<string, string | number>>): string | undefined =>
  NetworkCidr === undefined ? Vpc?.toString() : `a VPC of its own with ${NetworkCidr}`
