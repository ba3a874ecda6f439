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
}

/** How references are answered; a plan answers otherwise than a running operation. */
export interface Lookup extends Pick<Scope, 'ref' | 'attribute'> {
  /** An export, an attribute, an SSM parameter or a secret is not there. */
  missing(message: string): never
}

export const lookupIn = (operation: Operation, missing: Lookup['missing'] = refuse): Lookup => ({
  ref: (logicalId) => operation.stack.resources[logicalId]?.physicalId,
  attribute: (logicalId, name) => attribute(operation, logicalId, name, missing),
  missing,
})

export function evaluation(
  operation: Operation,
  definition: StackDefinition,
  lookup = lookupIn(operation),
): Evaluation {
  const { world, call, stack } = operation
  const template = parseTemplate(definition.templateBody)
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
    imported: (name) => exportOf(world, call, name)?.value ?? lookup.missing(`No export named ${name} found.`),
    zones: (region) =>
      world.services.ec2
        .DescribeAvailabilityZones({}, { ...call, region })
        .AvailabilityZones.map(({ ZoneName }) => ZoneName ?? ''),
    dynamic: (service, name) => dynamicReference(world, call, service, name, lookup.missing),
  }
  const present = Object.entries(template.Resources).filter(
    ([, { Condition }]) => Condition === undefined || condition(Condition, scope),
  )
  const needs = new Map(present.map(([id, declaration]) => [id, dependencies(declaration, template.Resources)]))
  return { template, scope, needs }
}

function refuse(message: string): never {
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

function attribute(operation: Operation, logicalId: string, name: string, missing: Lookup['missing']): unknown {
  const resource = operation.stack.resources[logicalId]
  if (!resource?.physicalId)
    return refuse(`Template error: instance of Fn::GetAtt references undefined resource ${logicalId}`)
  const value = typeOf(resource.type).attributes?.(resource.physicalId, contextOf(operation, logicalId))[name]
  if (value !== undefined) return value
  if (schemaOf(resource.type)?.attributes.includes(name)) return ''
  return missing(`Requested attribute ${name} does not exist in schema for ${resource.type}`)
}

export const outputsOf = ({ template, scope }: Evaluation): StackOutput[] =>
  presentOutputs(template, scope).map(({ name, Value, Description, Export }) => ({
    name,
    value: outputText(name, resolve(Value, scope)),
    ...(Description !== undefined && { description: Description }),
    ...(Export !== undefined && { exportName: String(resolve(Export.Name, scope)) }),
  }))

/** Refuses exports that another stack has already. */
export function checkExports({ world, call, stack }: Operation, outputs: readonly StackOutput[]): void {
  for (const { exportName } of outputs) {
    const owner = exportName === undefined ? undefined : exportOf(world, call, exportName)?.stack
    if (owner && owner.id !== stack.id)
      refuse(`Export with name ${exportName} is already exported by stack ${owner.name}.`)
  }
}

/** Names of the exports that the template imports where its conditions hold. */
export function importsOf({ template, scope, needs }: Evaluation): string[] {
  const found = new Set<string>()
  const visit = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return
    for (const [key, member] of Object.entries(value)) {
      if (key === 'Fn::ImportValue') found.add(String(resolve(member, scope)))
      else if (key === 'Fn::If') visit(member[condition(member[0], scope) ? 1 : 2])
      else visit(member)
    }
  }
  for (const id of needs.keys()) visit(template.Resources[id]?.Properties)
  for (const { Value } of presentOutputs(template, scope)) visit(Value)
  return [...found]
}

const presentOutputs = (template: Template, scope: Scope) =>
  Object.entries(template.Outputs)
    .filter(([, { Condition }]) => Condition === undefined || condition(Condition, scope))
    .map(([name, output]) => ({ name, ...output }))

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

const names = (stacks: readonly StackState[]): string => stacks.map(({ name }) => name).join(', ')

export const exportDeleted = (exportName: string | undefined, importers: readonly StackState[]): string =>
  `Delete canceled. Cannot delete export ${exportName} as it is in use by ${names(importers)}.`

export const exportUpdated = (exportName: string, importers: readonly StackState[]): string =>
  `Cannot update export ${exportName} as it is in use by ${names(importers)}.`

export const importersOf = (world: World, call: Call, exportName: string): StackState[] =>
  liveStacks(world, call).filter(({ imports }) => imports.includes(exportName))

function dynamicReference(
  world: World,
  call: Call,
  service: string,
  reference: string,
  missing: Lookup['missing'],
): string {
  try {
    if (service !== 'secretsmanager') {
      return world.services.ssm.GetParameter({ Name: reference, WithDecryption: true }, call).Parameter?.Value ?? ''
    }
    const { key, ...which } = secretParts(reference)
    const { SecretString = '' } = world.services.secretsmanager.GetSecretValue(which, call)
    return key ? member(SecretString, key) : SecretString
  } catch (error) {
    if (error instanceof UnusableSecret) return missing(error.message)
    if (!(error instanceof AwsError)) throw error
    return missing(`Could not resolve the dynamic reference {{resolve:${service}:${reference}}}: ${error.message}`)
  }
}

/** `secret-id:SecretString:json-key:version-stage:version-id`; the secret may be an ARN, which has colons of its own. */
function secretParts(reference: string) {
  const [, SecretId = '', key = '', stage = '', version = ''] =
    /^(arn(?::[^:]*){6}|[^:]+)(?::SecretString)?(?::([^:]*))?(?::([^:]*))?(?::([^:]*))?/.exec(reference) ?? []
  return { SecretId, key, ...(stage && { VersionStage: stage }), ...(version && { VersionId: version }) }
}

class UnusableSecret extends Error {}

function member(secret: string, key: string): string {
  const fields = parsed(secret)
  if (typeof fields !== 'object' || fields === null) throw new UnusableSecret('Could not parse SecretString JSON')
  const value = (fields as Fields)[key]
  if (value !== undefined) return String(value)
  throw new UnusableSecret('Could not find a value associated with JSONKey in SecretString')
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
