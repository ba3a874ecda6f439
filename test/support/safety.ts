import type { Fields } from '../../src/emulator/cloudformation/template.ts'
import type { Environment } from '../../src/plan/manifest/model.ts'
import { serviceStack } from '../../src/plan/names.ts'
import type { ProvenResource } from './proof.ts'

interface Statement {
  readonly Action: string | readonly string[]
  readonly Resource: string | readonly string[]
}
interface RoleProperties {
  readonly AssumeRolePolicyDocument: { Statement: { Principal: { Service: string }; Condition?: object }[] }
  readonly Policies?: {
    readonly PolicyName: string
    readonly PolicyDocument: { readonly Statement: readonly Statement[] }
  }[]
}

/** Actions that know no resource, of the service authorization reference. */
const WITHOUT_RESOURCE = new Set([
  'ecr:GetAuthorizationToken',
  'ecs:DiscoverPollEndpoint',
  'elasticloadbalancing:DescribeListeners',
  'elasticloadbalancing:DescribeRules',
  'elasticloadbalancing:DescribeTargetGroups',
  'elasticloadbalancing:DescribeTargetHealth',
  'logs:DescribeLogGroups',
  'ssm:UpdateInstanceInformation',
  'ssmmessages:CreateControlChannel',
  'ssmmessages:CreateDataChannel',
  'ssmmessages:OpenControlChannel',
  'ssmmessages:OpenDataChannel',
  'xray:GetSamplingRules',
  'xray:GetSamplingStatisticSummaries',
  'xray:GetSamplingTargets',
  'xray:PutTelemetryRecords',
  'xray:PutTraceSegments',
])

/** What is more than a stack needs: permissions, names that need CAPABILITY_NAMED_IAM, open ports, secrets in the clear. */
export const unsafe = (environment: Environment, resources: readonly ProvenResource[]): string[] => [
  ...resources.flatMap((resource) =>
    [...unsafeRole(resource), ...ownName(resource)].map((fault) => at(resource, fault)),
  ),
  ...openPorts(environment, resources),
  ...environment.services.flatMap((service) => {
    const name = serviceStack(environment.app, environment.name, service.name)
    const own = resources.filter(({ stack }) => stack === name)
    return secrets(own, Object.keys(service.secrets)).map((fault) => `${name}: ${fault}`)
  }),
]

const at = ({ stack, logicalId }: ProvenResource, fault: string) => `${stack}/${logicalId}: ${fault}`
const listOf = <Item>(value: Item | readonly Item[]): readonly Item[] =>
  Array.isArray(value) ? value : [value as Item]

/** But for those that a manifest spells out itself. */
const statementsOf = ({ Policies = [] }: RoleProperties) =>
  Policies.filter(({ PolicyName }) => PolicyName !== 'statements').flatMap(
    ({ PolicyDocument }) => PolicyDocument.Statement,
  )

/** Services that may take a role, each for this account alone. */
const TRUSTED = ['ecs-tasks.amazonaws.com', 'vpc-flow-logs.amazonaws.com', 'ecs.amazonaws.com', 'ssm.amazonaws.com']

function unsafeRole({ type, properties }: ProvenResource): string[] {
  if (type !== 'AWS::IAM::Role') return []
  const role = properties as unknown as RoleProperties
  const wide = statementsOf(role).flatMap(({ Action, Resource }) =>
    listOf(Action).filter(
      (action) => action.includes('*') || (listOf(Resource).includes('*') && !WITHOUT_RESOURCE.has(action)),
    ),
  )
  const trusted = role.AssumeRolePolicyDocument.Statement.filter(
    ({ Principal, Condition }) =>
      Principal.Service !== 'ec2.amazonaws.com' &&
      (!TRUSTED.includes(Principal.Service) || !JSON.stringify(Condition).includes('"aws:SourceAccount"')),
  )
  return [
    ...wide.map((action) => `${action} is allowed on everything`),
    ...trusted.map(({ Principal }) => `${JSON.stringify(Principal)} may take the role for others`),
  ]
}

const ownName = ({ type, properties }: ProvenResource): string[] =>
  type.startsWith('AWS::IAM::') &&
  Object.keys(properties).some((key) => /^(Role|InstanceProfile|ManagedPolicy)Name$/.test(key))
    ? ['has a name of its own']
    : []

function openPorts({ certificate, network, services }: Environment, resources: readonly ProvenResource[]): string[] {
  const rules = resources.flatMap(({ type, properties }) =>
    type === 'AWS::EC2::SecurityGroup'
      ? ((properties.SecurityGroupIngress ?? []) as Fields[])
      : type === 'AWS::EC2::SecurityGroupIngress'
        ? [properties]
        : [],
  )
  const open = rules
    .filter(({ SourceSecurityGroupId }) => SourceSecurityGroupId === undefined)
    .filter(({ CidrIp }) => network.kind === 'existing' || CidrIp !== network.cidr)
    .map(({ FromPort, ToPort, CidrIp, CidrIpv6 }) => `${FromPort}-${ToPort} from ${CidrIp ?? CidrIpv6}`)
  const inside = network.kind === 'existing' && services.some(({ http }) => http?.internal) ? INSIDE : []
  const isOpen = services.some(({ http }) => http && !http.internal)
  const wanted = [
    ...(isOpen ? ['80-80 from 0.0.0.0/0'] : []),
    ...(isOpen && certificate !== undefined ? ['443-443 from 0.0.0.0/0'] : []),
    ...inside.map((range) => `80-80 from ${range}`),
    ...services.flatMap(({ port, compute, settings: { nlb, network: own, host } }) => [
      ...(nlb ? [nlb, ...(nlb.additional_listeners ?? [])] : []).map((one) => {
        const number = Number.parseInt(String(one.port), 10)
        return `${number}-${number} from 0.0.0.0/0`
      }),
      ...(host?.key_pair ? [`22-22 from ${host.key_pair.source}`] : []),
      ...(own?.ingress?.source_ips ?? []).map((range) => {
        const isDynamic = compute.kind !== 'fargate' && own?.mode !== 'host' && own?.host_port === undefined
        const fixed = compute.kind === 'fargate' || own?.mode === 'host' ? port : own?.host_port
        return `${isDynamic ? '32768-65535' : `${fixed}-${fixed}`} from ${range}`
      }),
    ]),
  ]
  return open.sort().join() === wanted.sort().join() ? [] : [`open are ${open.join(' and ')}`]
}

const INSIDE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']

/** Every secret is handed over by reference, none as text, and ECS may read these and no others. */
function secrets(resources: readonly ProvenResource[], names: readonly string[]): string[] {
  const [definition] = resources.filter(({ type }) => type === 'AWS::ECS::TaskDefinition')
  const role = resources.find(({ logicalId }) => logicalId === 'ExecutionRole')?.properties as unknown as RoleProperties
  const containers = (definition?.properties.ContainerDefinitions ?? []) as Container[]
  const [{ Secrets: own = [] } = {}] = containers
  const granted = statementsOf(role)
    .filter(({ Action }) => listOf(Action).some((action) => /^(ssm|secretsmanager):/.test(action)))
    .flatMap(({ Resource }) => listOf(Resource))
  const references = containers.flatMap(referencesOf)
  const unreadable = references.filter((reference) => !granted.some((arn) => covers(arn, reference)))
  const unused = granted.filter((arn) => !references.some((reference) => covers(arn, reference)))
  const clear = containers.flatMap(({ Environment = [], Secrets = [] }) =>
    Environment.filter(({ Name }) => Secrets.some((secret) => secret.Name === Name)),
  )
  return [
    ...clear.map(({ Name }) => `${Name} is in the clear`),
    ...(names.every((name) => own.some(({ Name }) => Name === name)) ? [] : ['not all secrets are handed over']),
    ...unreadable.map((reference) => `ECS may not read ${reference}`),
    ...unused.map((arn) => `ECS may read ${arn}, which nothing names`),
  ]
}

interface Secret {
  readonly Name: string
  readonly ValueFrom: string
}
interface Container {
  readonly Environment?: readonly { Name: string; Value: string }[]
  readonly Secrets?: readonly Secret[]
  readonly LogConfiguration?: { readonly SecretOptions?: readonly Secret[] }
  readonly RepositoryCredentials?: { readonly CredentialsParameter: string }
}

const referencesOf = ({ Secrets = [], LogConfiguration, RepositoryCredentials }: Container): string[] => [
  ...[...Secrets, ...(LogConfiguration?.SecretOptions ?? [])].map(({ ValueFrom }) => ValueFrom),
  ...(RepositoryCredentials ? [RepositoryCredentials.CredentialsParameter] : []),
]

/** A secret's own ARN ends in six characters of chance; a name that has none yet needs a pattern for them. */
function covers(arn: string, reference: string): boolean {
  if (!reference.startsWith('arn:')) return arn.endsWith(`:parameter/${reference.replace(/^\//, '')}`)
  if (reference.startsWith('arn:aws:ssm:')) return arn === reference
  const secret = reference.split(':').slice(0, 7).join(':')
  return arn === (/-\w{6}$/.test(secret) ? secret : `${secret}-??????`)
}
