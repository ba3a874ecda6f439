import type { Aws, Context } from '../../context.ts'
import { builderCommand, needsBuildKit, versionCommand } from '../../plan/docker.ts'
import { existingOf } from '../../plan/features/existing-balancer.ts'
import { balancersOf, certificatesIn, isOpen } from '../../plan/features/load-balancer.ts'
import { certificateFindings, credentialsFindings, roleFindings } from '../../plan/forecast/account.ts'
import { engineFindings } from '../../plan/forecast/docker.ts'
import type { Subnet } from '../../plan/forecast/facts.ts'
import type { Finding } from '../../plan/forecast/finding.ts'
import { imageFindings } from '../../plan/forecast/images.ts'
import { bucketsFor, demandsOf, offeringFindings, vcpuFindings } from '../../plan/forecast/instances.ts'
import {
  addressFindings,
  movedFindings,
  privateReachFindings,
  reachFindings,
  zoneFindings,
} from '../../plan/forecast/network.ts'
import { loadBalancerFindings, vpcFindings } from '../../plan/forecast/quotas.ts'
import { secretFinding, secretUses } from '../../plan/forecast/secrets.ts'
import { impatience, lostSessions } from '../../plan/forecast/settings.ts'
import { ecrImage } from '../../plan/image-location.ts'
import type { Service } from '../../plan/manifest/model.ts'
import { environmentStack } from '../../plan/names.ts'
import { tasksOf } from '../../plan/scaling/tasks.ts'
import { subnetsOutput } from '../../plan/stacks/vpc.ts'
import { buildFindings } from './build-inputs.ts'
import { namedChecks } from './named-checks.ts'
import type { Check, Scope } from './scope.ts'

/** What can be known beforehand of what is going to be touched. */
export function checksFor(scope: Scope, aws: Aws, context: Context): Check[] {
  const { environment, shared, services, builds } = scope
  if (!shared && services.length === 0 && builds.length === 0) return []
  return [
    credentialsCheck(aws, context),
    ...(builds.length > 0
      ? [
          engineCheck(
            builds.map(({ service }) => service),
            context,
          ),
        ]
      : []),
    ...buildChecks(builds, context),
    ...(shared ? environmentChecks(scope, aws) : []),
    ...(environment.network.kind === 'existing' ? subnetChecks(scope, environment.network, aws) : []),
    ...services.flatMap((service) => serviceChecks(service, aws)),
    ...secretChecks(services, aws),
    ...namedChecks(scope, aws),
  ]
}

export const credentialsCheck = (aws: Aws, { clock }: Context): Check => ({
  code: 'CRED01',
  title: 'the credentials',
  look: async () => credentialsFindings(await aws.lookups.credentialsUntil(), clock.now()),
})

export const engineCheck = (builds: readonly Pick<Service, 'platform'>[], { run }: Context): Check => ({
  code: 'DOCK01',
  title: 'the Docker engine',
  look: async () => {
    const platforms = [...new Set(builds.map(({ platform }) => platform))]
    return engineFindings(await run(versionCommand), platforms, () => run(builderCommand))
  },
})

/** What builds need beside their files. */
export const buildChecks = (builds: Scope['builds'], context: Context): Check[] =>
  builds.some(({ service }) => needsBuildKit(service.image))
    ? [
        {
          code: 'DOCK02',
          title: 'what the builds need',
          look: async () =>
            (await Promise.all(builds.map(({ service, folder }) => buildFindings(service, folder, context)))).flat(),
        },
      ]
    : []

/** What the environment's stack needs. */
function environmentChecks(scope: Scope, aws: Aws): Check[] {
  const { app, name, network } = scope.environment
  const { region, lookups } = aws
  const live = scope.shared?.live
  const isNew = !live
  return [
    // The embedded ECS may use its role from the beginning.
    ...(isNew && !aws.local
      ? [
          {
            code: 'IAM02',
            title: 'the role of ECS',
            look: async () => roleFindings(await lookups.role('AWSServiceRoleForECS')),
          },
        ]
      : []),
    ...(isNew && network.kind === 'new'
      ? [{ code: 'QUO01', title: 'the quota of VPCs', look: async () => vpcFindings(await lookups.vpcs(), region) }]
      : []),
    ...(isNew && balancersOf(scope.environment) > 0
      ? [
          {
            code: 'QUO01',
            title: 'the quota of load balancers',
            look: async () => loadBalancerFindings(await lookups.loadBalancers(), region),
          },
        ]
      : []),
    ...(live
      ? [
          {
            code: 'NET09',
            title: 'the VPC',
            look: async () => movedFindings(network, live.parameters, environmentStack(app, name)),
          },
        ]
      : []),
    ...certificatesIn(scope.environment).map((certificate) => ({
      code: 'CERT01',
      title: 'the certificate',
      look: async () => {
        const elsewhere = certificate.split(':')[3] !== region
        return certificateFindings(certificate, elsewhere ? undefined : await lookups.certificate(certificate), region)
      },
    })),
    ...instanceChecks(scope, aws),
  ]
}

/** Whether the instances are to be had. */
function instanceChecks({ environment, shared }: Scope, aws: Aws): Check[] {
  const { region, lookups } = aws
  const demands = demandsOf(environment, shared?.live?.parameters ?? {})
  if (demands.length === 0) return []
  return [
    ...bucketsFor(demands).map((bucket) => ({
      code: 'GPU01',
      title: `the quota of ${bucket.name} instances`,
      look: async () => vcpuFindings(demands, bucket, await lookups.vcpus(bucket), region),
    })),
    {
      code: 'GPU02',
      title: 'the instance types',
      look: async () => {
        const types = [...new Set(demands.flatMap((demand) => demand.types))]
        const [offerings, zones] = await Promise.all([lookups.offerings(types), zonesOf({ environment, shared }, aws)])
        return demands.flatMap((demand) => offeringFindings(demand, offerings, zones, region))
      },
    },
  ]
}

/** Of the subnets that the instances are in, or are going to be: a new network has the first zones. */
async function zonesOf(
  { environment: { network }, shared }: Pick<Scope, 'environment' | 'shared'>,
  { lookups }: Aws,
): Promise<readonly string[]> {
  const output = subnetsOutput(network, 'public')
  const named = network.kind === 'existing' ? [...network.subnets, ...network.privateSubnets] : undefined
  const subnets = named ?? shared?.live?.outputs[output]?.split(',')
  if (!subnets) return (await lookups.zones()).slice(0, network.kind === 'new' ? network.zones : 2)
  return [...new Set((await lookups.subnets(subnets)).map(({ zone }) => zone))].sort()
}

function subnetChecks(
  { environment, shared, services }: Scope,
  network: Extract<Scope['environment']['network'], { kind: 'existing' }>,
  { region, lookups }: Aws,
): Check[] {
  const isNew = shared !== undefined && !shared.live
  const endpoints = () => lookups.endpoints(network.vpc)
  const tasksIn = (wanted: Service['placement']) =>
    services
      .filter(({ compute, placement }) => compute.kind === 'fargate' && placement === wanted)
      .reduce((sum, service) => sum + tasksOf(service).most, 0)
  const hasInside = isNew && environment.services.some(({ http }) => http?.internal)
  const hasOpen = isNew && isOpen(environment) && existingOf(environment.settings) === undefined
  const check = (
    ids: readonly string[],
    title: string,
    findings: (subnets: readonly Subnet[]) => Promise<Finding[]>,
  ): Check[] =>
    ids.length === 0 ? [] : [{ code: 'NET01', title, look: async () => findings(await lookups.subnets(ids)) }]
  return [
    ...check(network.subnets, 'the subnets', async (subnets) => [
      ...(await reachFindings(network, subnets, region, endpoints)),
      ...addressFindings(subnets, hasOpen, tasksIn('public')),
      ...zoneFindings(subnets),
    ]),
    ...check(network.privateSubnets, 'the private subnets', async (subnets) => [
      ...(await privateReachFindings(network, subnets, region, endpoints)),
      ...addressFindings(subnets, hasInside, tasksIn('private'), PRIVATE),
      ...(hasInside ? zoneFindings(subnets, PRIVATE) : []),
    ]),
  ]
}

const PRIVATE = 'network.vpc.subnets.private'

function serviceChecks(service: Service, aws: Aws): Check[] {
  const { name, image, compute, http } = service
  const place = image.kind === 'existing' ? ecrImage(image.location) : undefined
  return [
    ...(image.kind === 'existing' && place
      ? [
          {
            code: 'IMG01',
            title: `the image of ${name}`,
            look: async () => {
              // What an account really has is no part of a rehearsal.
              if (aws.local && place.account !== (await aws.account()).id) return []
              return imageFindings(service, image.location, await aws.lookups.image(image.location))
            },
          },
        ]
      : []),
    ...(compute.kind === 'gpu'
      ? [{ code: 'ECS02', title: `the patience with ${name}`, look: async () => impatience(service) }]
      : []),
    ...(http ? [{ code: 'NET03', title: `the sessions of ${name}`, look: async () => lostSessions(service) }] : []),
  ]
}

/** Parameters are asked for together, for all services. */
function secretChecks(services: readonly Service[], { region, lookups }: Aws): Check[] {
  const uses = secretUses(services, region)
  const from = (store: 'ssm' | 'secretsmanager') => uses.filter((use) => use.from === store)
  const idsOf = (store: 'ssm' | 'secretsmanager') => [...new Set(from(store).map(({ id }) => id))]
  return [
    ...(from('ssm').length > 0
      ? [
          {
            code: 'IAM01',
            title: 'the SSM parameters',
            look: async () => {
              const missing = await lookups.missingParameters(idsOf('ssm'))
              return from('ssm').flatMap(
                (use) => secretFinding(use, missing.includes(use.id) ? 'missing' : 'there', region) ?? [],
              )
            },
          },
        ]
      : []),
    ...idsOf('secretsmanager').map((id) => ({
      code: 'IAM01',
      title: `the secret ${id}`,
      look: async () => {
        const state = await lookups.secret(id)
        return from('secretsmanager').flatMap((use) => (use.id === id ? (secretFinding(use, state, region) ?? []) : []))
      },
    })),
  ]
}
