import { resolve, type Scope } from '../../src/emulator/cloudformation/intrinsics.ts'
import { checkParameterTypes, parameterValues, referenceValues } from '../../src/emulator/cloudformation/parameters.ts'
import { checkReferences } from '../../src/emulator/cloudformation/references.ts'
import { checkProperties, schemaOf } from '../../src/emulator/cloudformation/schema.ts'
import { type Fields, parseTemplate, type Template } from '../../src/emulator/cloudformation/template.ts'
import { parameterList, type Stack } from '../../src/plan/stacks/stack.ts'

export interface ProvenResource {
  readonly stack: string
  readonly logicalId: string
  readonly type: string
  /** With every function worked out, as AWS's resource handlers get them. */
  readonly properties: Fields
}

export interface Proof {
  /** What CloudFormation or the resource schema would refuse; empty when all is well. */
  readonly faults: readonly string[]
  readonly resources: readonly ProvenResource[]
}

const ACCOUNT = '123456789012'
const BALANCING = `arn:aws:elasticloadbalancing:us-east-1:${ACCOUNT}:`

/** Of some things templates take the reference apart. */
const ARNS: Readonly<Record<string, string>> = {
  'AWS::ElasticLoadBalancingV2::LoadBalancer': `${BALANCING}loadbalancer/app/`,
  'AWS::ElasticLoadBalancingV2::Listener': `${BALANCING}listener/app/`,
  'AWS::ElasticLoadBalancingV2::ListenerRule': `${BALANCING}listener-rule/app/x/`,
  'AWS::ElasticLoadBalancingV2::TargetGroup': `${BALANCING}targetgroup/`,
}

/** What a stack of somebody else's exports. */
export const EXPORTED: Readonly<Record<string, string>> = {
  'data-Host': 'db.example.com',
  'data-Password': `arn:aws:secretsmanager:us-east-1:${ACCOUNT}:secret:data/password-AbCdEf`,
  'data-Parameter': `arn:aws:ssm:us-east-1:${ACCOUNT}:parameter/data/token`,
  'data-Group': 'sg-0f0f0f0f',
  'data-Files': 'fs-0123456789abcdef0',
}

/**
 * Works out stacks in the order of their deployment as CloudFormation would, but makes nothing: a resource's reference
 * is its name, an attribute has to be in the schema, and what one stack exports the next may import.
 */
export function prove(stacks: readonly Stack[]): Proof {
  const exported = new Map(Object.entries(EXPORTED))
  const faults: string[] = []
  const resources: ProvenResource[] = []
  for (const stack of stacks) {
    const refuse = (fault: string) => void faults.push(`${stack.name}: ${fault}`)
    try {
      resources.push(...proveStack(stack, exported, refuse))
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error))
    }
  }
  return { faults, resources }
}

function proveStack(stack: Stack, exported: Map<string, string>, refuse: (fault: string) => void): ProvenResource[] {
  const template = parseTemplate(stack.body)
  checkParameterTypes(template)
  checkReferences(template)
  const scope = scopeOf(stack, template, exported)
  const present = ({ Condition }: { Condition?: string }) =>
    Condition === undefined || resolve({ Condition }, scope) === true
  const resources = Object.entries(template.Resources)
    .filter(([, declaration]) => present(declaration))
    .map(([logicalId, { Type, Properties = {} }]) => {
      if (!schemaOf(Type)) refuse(`${logicalId}: no such resource type as ${Type}`)
      const { properties, problems } = checkProperties(Type, resolve(Properties, scope) as Fields)
      for (const problem of problems) refuse(`${logicalId}: ${problem}`)
      return { stack: stack.name, logicalId, type: Type, properties }
    })
  for (const [name, output] of Object.entries(template.Outputs).filter(([, one]) => present(one))) {
    const value = resolve(output.Value, scope)
    if (typeof value !== 'string') refuse(`output ${name} is no text`)
    if (output.Export === undefined) continue
    const exportName = String(resolve(output.Export.Name, scope))
    if (exported.has(exportName)) refuse(`${exportName} is exported already`)
    if (!/^[A-Za-z0-9:-]{1,255}$/.test(exportName)) refuse(`${exportName} is no name of an export`)
    exported.set(exportName, String(value))
  }
  return resources
}

function scopeOf(stack: Stack, template: Template, exported: ReadonlyMap<string, string>): Scope {
  const values = parameterValues(
    template,
    parameterList(stack.parameters),
    {},
    () => 'ami-0123456789abcdef0',
    () => true,
  )
  const scope: Scope = {
    region: 'us-east-1',
    account: ACCOUNT,
    stackId: `arn:aws:cloudformation:us-east-1:${ACCOUNT}:stack/${stack.name}/0`,
    stackName: stack.name,
    notificationArns: [],
    parameters: referenceValues(template, values),
    mappings: template.Mappings,
    conditions: template.Conditions,
    ref: (logicalId) => {
      const { Type = '' } = template.Resources[logicalId] ?? {}
      return logicalId in template.Resources ? `${ARNS[Type] ?? ''}${stack.name}/${logicalId}` : undefined
    },
    attribute: (logicalId, name) => {
      const { Type = '', Properties = {} } = template.Resources[logicalId] ?? {}
      if (!schemaOf(Type)?.attributes.includes(name)) fail(`${Type} has no attribute ${name}`)
      return name in Properties ? resolve(Properties[name], scope) : `${stack.name}/${logicalId}.${name}`
    },
    imported: (name) => exported.get(name) ?? fail(`nothing exports ${name}`),
    zones: (region) => [`${region}a`, `${region}b`, `${region}c`],
    dynamic: (service, name) => fail(`reads ${name} of ${service} into the template`),
  }
  return scope
}

const fail = (fault: string): never => {
  throw new Error(fault)
}
