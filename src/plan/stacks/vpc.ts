import { DEFAULT_VPC, type Network, type Placement } from '../manifest/model.ts'
import { logicalName } from '../names.ts'
import {
  bind,
  importable,
  importValue,
  type Json,
  merge,
  readTemplate,
  ref,
  renamed,
  subText,
  type Template,
  type TemplateTexts,
  withProperties,
} from '../template.ts'

type NewNetwork = Extract<Network, { kind: 'new' }>

const ZONES = ['A', 'B', 'C'] as const
const lettersOf = ({ zones }: NewNetwork) => ZONES.slice(0, zones)

/** The environment's output that lists the subnets. An export in use cannot change: other subnets have another name. */
export function subnetsOutput(network: Network, placement: Placement): string {
  const kind = placement === 'private' ? 'PrivateSubnets' : 'Subnets'
  return network.kind === 'new' && network.zones === 3 ? `${kind}3` : kind
}

/**
 * The subnets, as a service's stack has them: of its environment's, or those that are named, which may be others tomorrow,
 * as an export in use may not.
 */
export const subnetsOfService = (network: Network, placement: Placement): Json | readonly string[] =>
  namedSubnets(network, placement) ?? {
    'Fn::Split': [',', importValue(`\${EnvironmentStack}-${subnetsOutput(network, placement)}`)],
  }

/** Undefined for those that are made, or not known yet. */
export function namedSubnets(network: Network, placement: Placement): readonly string[] | undefined {
  if (network.kind === 'new' || network.vpc === DEFAULT_VPC) return undefined
  return placement === 'private' ? network.privateSubnets : network.subnets
}

/** The subnets within the environment's stack, as the value of a list. */
export function subnetsIn(network: Network, placement: Placement): unknown {
  const kind = placement === 'private' ? 'Private' : 'Public'
  if (network.kind === 'new') return lettersOf(network).map((letter) => ref(`${kind}Subnet${letter}`))
  return ref(placement === 'private' ? 'PrivateSubnets' : 'Subnets')
}

/** Where an internal load balancer is: beside private tasks, where there are private subnets. */
export const privateLoadBalancerSubnets = (network: Network): unknown => {
  const hasPrivate = network.kind === 'new' ? network.hasPrivateSubnets : network.privateSubnets.length > 0
  return subnetsIn(network, hasPrivate ? 'private' : 'public')
}

/** What has to be there before a machine in these subnets gets anywhere. */
export function routesFor(network: Network, placement: Placement): readonly string[] {
  if (network.kind === 'existing') return []
  const letters = lettersOf(network)
  if (placement === 'public') return ['PublicRoute', ...letters.map((letter) => `PublicRoutes${letter}`)]
  const ways =
    network.nat === 'none' ? network.endpoints.map(endpointName) : letters.map((letter) => `PrivateRoute${letter}`)
  return [...letters.map((letter) => `PrivateRoutes${letter}`), ...ways]
}

/** Of the four blocks that the network is divided into; a sixteenth is two bits less. */
const blockBits = (cidr: string): number => 32 - Number(cidr.split('/')[1]) - 2

export function vpcParameters(network: Network): Readonly<Record<string, string | number>> {
  if (network.kind === 'existing') {
    // What is not known yet is asked for by whoever deploys the rendered template.
    if (network.vpc === DEFAULT_VPC) return {}
    return { Vpc: network.vpc, Subnets: network.subnets.join(','), PrivateSubnets: network.privateSubnets.join(',') }
  }
  const bits = blockBits(network.cidr)
  return {
    NetworkCidr: network.cidr,
    SubnetBits: bits,
    SmallSubnetBits: bits - 2,
    ...(network.flowLogDays !== undefined && { FlowLogRetention: network.flowLogDays }),
  }
}

export function withVpc(template: Template, network: Network, texts: TemplateTexts): Template {
  if (network.kind === 'existing') {
    const open = network.vpc === DEFAULT_VPC || network.subnets.length > 0 ? template : withoutPublic(template)
    return network.privateSubnets.length > 0 ? withPrivateOutput(withPrivateParameter(open), network) : open
  }
  const { VpcId: _same, ...Outputs } = merge(template, readTemplate(texts.network)).Outputs
  const base = { ...merge(template, readTemplate(texts.network)), Outputs }
  const steps: ((before: Template) => Template)[] = [
    (before) => withThirdZone(before, network, texts),
    (before) => withPrivateSubnets(before, network, texts),
    (before) => withNat(before, network, texts),
    (before) => bind(before, { Subnets: subnetsIn(network, 'public') }),
    (before) => withWayThere(before),
    (before) => (network.hasPrivateSubnets ? withPrivateOutput(before, network) : before),
    (before) => withPublicOutput(before, network),
    (before) => withEndpoints(before, network, texts),
    (before) => (network.flowLogDays === undefined ? before : merge(before, readTemplate(texts.flowLogs))),
  ]
  return steps.reduce((before, step) => step(before), base)
}

/** The load balancer faces the internet: the way there has to exist first. */
function withWayThere(template: Template): Template {
  const { LoadBalancer } = template.Resources
  if (!LoadBalancer) return template
  return {
    ...template,
    Resources: { ...template.Resources, LoadBalancer: { ...LoadBalancer, DependsOn: ['PublicRoute'] } },
  }
}

/** The members of a part with the zone's letter behind their names. */
function zoned(text: string, letter: string, values: Json): Template {
  const part = bind(readTemplate(text), { ...values, Letter: letter.toLowerCase() })
  const names = Object.fromEntries(Object.keys(part.Resources).map((name) => [name, `${name}${letter}`]))
  return renamed(part, names)
}

/** Two of the four blocks are public subnets; the other two are divided into eight smaller ones. */
const smallBlock = (index: number): Json => ({
  'Fn::Select': [index, { 'Fn::Cidr': [{ 'Fn::GetAtt': ['Vpc', 'CidrBlock'] }, 16, ref('SmallSubnetBits')] }],
})
const zone = (index: number): Json => ({ 'Fn::Select': [index, { 'Fn::GetAZs': '' }] })

const withSmallBlocks = (template: Template): Template => ({
  ...template,
  Parameters: {
    ...template.Parameters,
    SmallSubnetBits: {
      Type: 'Number',
      Default: 12,
      MinValue: 4,
      MaxValue: 12,
      Description: 'Bits of the addresses within a smaller subnet, a sixteenth of the network; 12 for a network of /16',
    },
  },
})

function withThirdZone(template: Template, network: NewNetwork, texts: TemplateTexts): Template {
  if (network.zones === 2) return template
  const values = { Zone: zone(2), SubnetCidr: smallBlock(8) }
  return merge(withSmallBlocks(template), zoned(texts.publicSubnet, 'C', values))
}

function withPrivateSubnets(template: Template, network: NewNetwork, texts: TemplateTexts): Template {
  if (!network.hasPrivateSubnets) return template
  const letters = lettersOf(network)
  const parts = letters.map((letter, index) =>
    zoned(texts.privateSubnet, letter, { Zone: zone(index), SubnetCidr: smallBlock(12 + index) }),
  )
  const tables = letters.map((letter) => ref(`PrivateRouteTable${letter}`))
  return withProperties(merge(withSmallBlocks(template), ...parts), 'S3Endpoint', (properties) => ({
    ...properties,
    RouteTableIds: [...(properties.RouteTableIds as unknown[]), ...tables],
  }))
}

function withNat(template: Template, network: NewNetwork, texts: TemplateTexts): Template {
  if (network.nat === 'none') return template
  const letters = lettersOf(network)
  const gatewayOf = (letter: string) => (network.nat === 'zone' ? `NatGateway${letter}` : 'NatGateway')
  const gateways =
    network.nat === 'regional'
      ? [readTemplate(texts.regionalNatGateway)]
      : network.nat === 'single'
        ? [bind(readTemplate(texts.natGateway), { PublicSubnet: ref('PublicSubnetA') })]
        : letters.map((letter) => zoned(texts.natGateway, letter, { PublicSubnet: ref(`PublicSubnet${letter}`) }))
  const routes = letters.map((letter) => [
    `PrivateRoute${letter}`,
    {
      Type: 'AWS::EC2::Route',
      Properties: {
        RouteTableId: ref(`PrivateRouteTable${letter}`),
        DestinationCidrBlock: '0.0.0.0/0',
        NatGatewayId: ref(gatewayOf(letter)),
      },
    },
  ])
  const merged = merge(template, ...gateways)
  // An address can be taken, and a regional gateway made, once the network has its way to the internet.
  const waiting = Object.entries(merged.Resources)
    .filter(([, { Type }]) => Type === 'AWS::EC2::EIP' || Type === 'AWS::EC2::NatGateway')
    .map(([name, one]) => [name, { ...one, DependsOn: ['PublicRoute'] }])
  return { ...merged, Resources: { ...merged.Resources, ...Object.fromEntries([...waiting, ...routes]) } }
}

/** Nothing of the environment is in a public subnet. */
function withoutPublic(template: Template): Template {
  const { Subnets: _given, ...Parameters } = template.Parameters
  const { Subnets: _told, ...Outputs } = template.Outputs
  return { ...template, Parameters, Outputs }
}

const withPrivateParameter = (template: Template): Template => ({
  ...template,
  Parameters: {
    ...template.Parameters,
    PrivateSubnets: {
      Type: 'List<AWS::EC2::Subnet::Id>',
      Description: 'Two or more private subnets of it, in different zones',
    },
  },
})

function withPrivateOutput(template: Template, network: Network): Template {
  const name = subnetsOutput(network, 'private')
  const Description = 'Subnets of the private tasks, separated by commas'
  return {
    ...template,
    Outputs: { ...template.Outputs, [name]: importable(Description, listed(network, 'private'), name) },
  }
}

const listed = (network: Network, placement: Placement): Json => ({ 'Fn::Join': [',', subnetsIn(network, placement)] })

function withPublicOutput(template: Template, network: NewNetwork): Template {
  const { Subnets, ...Outputs } = template.Outputs
  const name = subnetsOutput(network, 'public')
  if (name === 'Subnets' || !Subnets) return template
  return { ...template, Outputs: { ...Outputs, [name]: importable(String(Subnets.Description), Subnets.Value, name) } }
}

const endpointName = (service: string): string => `${logicalName(service)}Endpoint`

/** Services that are reached by a route, not by an address. The network has the way to S3 in any case. */
const BY_ROUTE = ['s3', 'dynamodb']

function withEndpoints(template: Template, network: NewNetwork, texts: TemplateTexts): Template {
  const { S3Endpoint } = template.Resources
  const routed = network.endpoints
    .filter((service) => BY_ROUTE.includes(service) && service !== 's3')
    .map((service) => [
      endpointName(service),
      { ...S3Endpoint, Properties: { ...S3Endpoint?.Properties, ServiceName: awsService(service) } },
    ])
  const addressed = network.endpoints.filter((service) => !BY_ROUTE.includes(service))
  const before = { ...template, Resources: { ...template.Resources, ...Object.fromEntries(routed) } }
  if (addressed.length === 0) return before
  const placement = network.hasPrivateSubnets ? 'private' : 'public'
  const parts = addressed.map((ServiceName) => {
    const part = bind(readTemplate(texts.endpoint), { ServiceName, Subnets: subnetsIn(network, placement) })
    return renamed(part, { Endpoint: endpointName(ServiceName) })
  })
  return merge(before, readTemplate(texts.endpointAccess), ...parts)
}

const awsService = (name: string): Json => subText(`com.amazonaws.\${AWS::Region}.${name}`)
