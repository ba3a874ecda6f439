import { AwsError } from '../errors.ts'
import type { StackDefinition, StackOutput, StackState } from '../services/cloudformation/state.ts'
import type { Call, World } from '../world.ts'
import { invalidTemplate } from './errors.ts'
import { condition, resolve, type Scope } from './intrinsics.ts'
import { contextOf, type Operation, typeOf } from './operation.ts'
import { referenceValues } from './parameters.ts'
import { dependencies } from './references.ts'
import { checkProperties, schemaOf } from './schema.ts'
import { type Fields, parseTemplate, type Template } from './template.ts'

/** A template with the values of its references: everything that is needed to work out a resource's properties. */
export interface Evaluation {
  readonly template: Template
  readonly scope: Scope
  /** Logical ids of the resources whose condition holds, each with what it needs first. */
  readonly needs: ReadonlyMap<string, readonly string[]>
  /** Names of the exports that were imported while values were worked out. */
  readonly imports: ReadonlySet<string>
}

/** How references to the stack's own resources are answered; a plan answers otherwise than a running operation. */
export type Lookup = Pick<Scope, 'ref' | 'attribute'>

export const lookupIn = (operation: Operation): Lookup => ({
  ref: (logicalId) => operation.stack.resources[logicalId]?.physicalId,
  attribute: (logicalId, name) => attribute(operation, logicalId, name),
})

export function evaluation(
  operation: Operation,
  definition: StackDefinition,
  lookup = lookupIn(operation),
): Evaluation {
  const { world, call, stack } = operation
  const template = parseTemplate(definition.templateBody)
  const imports = new Set<string>()
  const scope: Scope = {
    region: call.region,
    account: world.account,
    stackId: stack.id,
    stackName: stack.name,
    notificationArns: stack.notificationArns,
    parameters: referenceValues(template, definition.parameters),
    mappings: template.Mappings,
    conditions: template.Conditions,
    ...lookup,
    imported: (name) => {
      imports.add(name)
      return exportOf(world, call, name)?.value ?? refuse(`No export named ${name} found.`)
    },
    zones: (region) =>
      world.services.ec2
        .DescribeAvailabilityZones({}, { ...call, region })
        .AvailabilityZones.map(({ ZoneName }) => ZoneName ?? ''),
    dynamic: (service, name) => dynamicReference(world, call, service, name),
  }
  const present = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || condition(Condition, scope),
  )
  const needs = new Map(present.map(([id, declaration]) => [id, dependencies(declaration, template.Resources)]))
  return { template, scope, needs, imports }
}

const refuse = (message: string): never => {
  throw invalidTemplate(message)
}

/** Resolved, checked and coerced properties. Throws in the words of a resource's event. */
export function propertiesOf({ template, scope }: Evaluation, logicalId: string): Fields {
  const { Type, Properties = {} } =
    template.Resources[logicalId] ?? refuse(`Resource ${logicalId} is not in the template`)
  const { properties, problems } = checkProperties(Type, resolve(Properties, scope) as Fields)
  if (problems.length > 0) {
    throw invalidTemplate(
      `Properties validation failed for resource ${logicalId} with message:\n[${problems.join(', ')}]`,
    )
  }
  return properties
}

function attribute(operation: Operation, logicalId: string, name: string): unknown {
  const resource = operation.stack.resources[logicalId]
  if (!resource?.physicalId)
    return refuse(`Template error: instance of Fn::GetAtt references undefined resource ${logicalId}`)
  const value = typeOf(resource.type).attributes?.(resource.physicalId, contextOf(operation, logicalId))[name]
  if (value !== undefined) return value
  if (schemaOf(resource.type)?.attributes.includes(name)) return ''
  return refuse(`Template error: resource ${logicalId} does not support attribute type ${name} in Fn::GetAtt`)
}

/** The stack's outputs; the exports among them are free to take. */
export function outputsOf({ world, call, stack }: Operation, { template, scope }: Evaluation): StackOutput[] {
  return Object.entries(template.Outputs)
    .filter(([, { Condition }]) => Condition === undefined || condition(Condition, scope))
    .map(([name, { Value, Description, Export }]) => {
      const exportName = Export === undefined ? undefined : String(resolve(Export.Name, scope))
      const owner = exportName === undefined ? undefined : exportOf(world, call, exportName)?.stack
      if (owner && owner.id !== stack.id)
        refuse(`Export with name ${exportName} is already exported by stack ${owner.name}.`)
      return {
        name,
        value: outputText(name, resolve(Value, scope)),
        ...(Description !== undefined && { description: Description }),
        ...(exportName !== undefined && { exportName }),
      }
    })
}

function outputText(name: string, value: unknown): string {
  if (['string', 'number', 'boolean'].includes(typeof value)) return String(value)
  return refuse(`Template format error: The Value field of every Outputs member must evaluate to a String. [${name}]`)
}

export const liveStacks = (world: World, call: Call): StackState[] =>
  Object.values(world.region(call.region).cloudformation.stacks).filter(({ status }) => status !== 'DELETE_COMPLETE')

export function exportOf(world: World, call: Call, name: string): { stack: StackState; value: string } | undefined {
  for (const stack of liveStacks(world, call)) {
    const output = stack.outputs.find(({ exportName }) => exportName === name)
    if (output) return { stack, value: output.value }
  }
  return undefined
}

export const importersOf = (world: World, call: Call, exportName: string): StackState[] =>
  liveStacks(world, call).filter(({ imports }) => imports.includes(exportName))

function dynamicReference(world: World, call: Call, service: string, reference: string): string {
  try {
    if (service === 'secretsmanager') return secretReference(world, call, reference)
    const { Parameter } = world.services.ssm.GetParameter({ Name: reference, WithDecryption: true }, call)
    return Parameter?.Value ?? ''
  } catch (error) {
    if (error instanceof AwsError)
      refuse(`Could not resolve the dynamic reference {{resolve:${service}:${reference}}}: ${error.message}`)
    throw error
  }
}

/** `secret-id:SecretString:json-key:version-stage:version-id`; the secret may be an ARN, which has colons of its own. */
function secretReference(world: World, call: Call, reference: string): string {
  const [, id = '', key = '', stage = ''] =
    /^(arn(?::[^:]*){6}|[^:]+)(?::SecretString)?(?::([^:]*))?(?::([^:]*))?/.exec(reference) ?? []
  const { SecretString = '' } = world.services.secretsmanager.GetSecretValue(
    { SecretId: id, ...(stage && { VersionStage: stage }) },
    call,
  )
  return key ? String((JSON.parse(SecretString) as Fields)[key]) : SecretString
}
