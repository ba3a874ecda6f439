import { invalidTemplate } from './errors.ts'
import { checkFunctionForms, splitAtDot } from './function-forms.ts'
import { dependsOn, type ResourceDeclaration, type Template } from './template.ts'

interface Attribute {
  readonly logicalId: string
  readonly name: unknown
  readonly by: 'Fn::GetAtt' | 'Fn::Sub'
}

interface Found {
  /** Names in Ref and Fn::Sub, pseudo parameters among them. */
  readonly names: Set<string>
  readonly attributes: Attribute[]
  /** Conditions named in Fn::If. */
  readonly choices: Set<string>
  /** Conditions named in other conditions. */
  readonly conditions: Set<string>
  /** Functions by name. */
  readonly functions: Set<string>
}

const nothing = (): Found => ({
  names: new Set(),
  attributes: [],
  choices: new Set(),
  conditions: new Set(),
  functions: new Set(),
})

/** Everything that a value refers to, whether its conditions hold or not. */
function referencesOf(value: unknown, found = nothing()): Found {
  if (Array.isArray(value)) for (const item of value) referencesOf(item, found)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) visit(key, member, found)
  }
  return found
}

function visit(key: string, member: unknown, found: Found): void {
  if (key.startsWith('Fn::')) found.functions.add(key)
  if (key === 'Ref' && typeof member === 'string') found.names.add(member)
  else if (key === 'Fn::GetAtt') {
    const [logicalId, name] = Array.isArray(member) ? member : splitAtDot(String(member))
    found.attributes.push({ logicalId: String(logicalId), name, by: 'Fn::GetAtt' })
    referencesOf(name, found)
  } else if (key === 'Fn::Sub') substituted(member, found)
  else {
    if (key === 'Fn::If' && Array.isArray(member)) found.choices.add(String(member[0]))
    if (key === 'Condition' && typeof member === 'string') found.conditions.add(member)
    referencesOf(member, found)
  }
}

function substituted(argument: unknown, found: Found): void {
  const [format, variables = {}] = Array.isArray(argument) ? argument : [argument]
  for (const [, name = ''] of String(format).matchAll(/\$\{(?!!)([^}]*)\}/g)) {
    if (Object.hasOwn(variables, name)) continue
    const [logicalId, attribute] = splitAtDot(name)
    if (attribute === '' || name.includes('::')) found.names.add(name)
    else found.attributes.push({ logicalId, name: attribute, by: 'Fn::Sub' })
  }
  referencesOf(variables, found)
}

/** The resources that a resource of a template needs first: what it refers to, and its DependsOn. */
export function dependencies(declaration: ResourceDeclaration, resources: Template['Resources']): readonly string[] {
  const known = needed.get(declaration)
  if (known) return known
  const { names, attributes } = referencesOf(declaration.Properties)
  const referred = [...names, ...attributes.map(({ logicalId }) => logicalId)]
  const needs = [...new Set([...referred, ...dependsOn(declaration)])].filter((name) => name in resources)
  needed.set(declaration, needs)
  return needs
}
const needed = new WeakMap<ResourceDeclaration, readonly string[]>()

const PSEUDO = ['AccountId', 'NoValue', 'NotificationARNs', 'Partition', 'Region', 'StackId', 'StackName', 'URLSuffix']
const PARAMETERS_OF_AWS = new Set(PSEUDO.map((name) => `AWS::${name}`))

const refuse = (message: string): never => {
  throw invalidTemplate(message)
}

/** Refuses malformed functions, references to nothing, and resources or conditions that wait for each other. */
export function checkReferences(template: Template): void {
  checkFunctionForms(template)
  checkConditions(template)
  const resources = Object.values(template.Resources)
  const outputs = Object.values(template.Outputs)
  checkBlock(
    template,
    'Resources',
    resources.map(({ Properties }) => Properties),
    resources.flatMap(dependsOn),
  )
  checkBlock(
    template,
    'Outputs',
    outputs.map(({ Value, Export }) => [Value, Export]),
    [],
  )
  for (const [block, members] of Object.entries({ Resources: resources, Outputs: outputs })) {
    for (const { Condition } of members) {
      if (Condition === undefined || Condition in template.Conditions) continue
      refuse(
        `Template format error: Unresolved condition dependency ${Condition} in the ${block} block of the template`,
      )
    }
  }
  const needs = Object.entries(template.Resources).map(
    ([id, one]) => [id, dependencies(one, template.Resources)] as const,
  )
  const circle = circular(new Map(needs))
  if (circle.length > 0) refuse(`Circular dependency between resources: [${circle.join(', ')}]`)
}

function checkBlock(
  template: Template,
  block: 'Resources' | 'Outputs',
  values: readonly unknown[],
  waited: readonly string[],
): void {
  const { names, attributes, choices } = referencesOf(values)
  const known = (name: string) =>
    name in template.Resources || name in template.Parameters || PARAMETERS_OF_AWS.has(name)
  const unresolved = new Set([
    ...[...names].filter((name) => !known(name)),
    ...waited.filter((name) => !(name in template.Resources)),
  ])
  if (unresolved.size > 0) {
    refuse(
      `Template format error: Unresolved resource dependencies [${[...unresolved].join(', ')}] in the ${block} block of the template`,
    )
  }
  for (const { logicalId, name, by } of attributes) {
    if (logicalId in template.Resources) continue
    refuse(
      by === 'Fn::Sub'
        ? `Template error: instance of Fn::Sub references invalid resource attribute ${logicalId}.${name}`
        : `Template error: instance of Fn::GetAtt references undefined resource ${logicalId}`,
    )
  }
  for (const name of choices) {
    if (!(name in template.Conditions)) refuse(`Template error: unresolved condition dependency ${name} in Fn::If`)
  }
  for (const value of values) checkImports(template, value)
}

/** What is imported has to be known before anything is made. */
function checkImports(template: Template, value: unknown): void {
  if (typeof value !== 'object' || value === null) return
  for (const [key, member] of Object.entries(value)) {
    checkImports(template, member)
    if (key !== 'Fn::ImportValue') continue
    const { names, attributes, functions } = referencesOf(member)
    const depends =
      attributes.length > 0 ||
      [...names].some((name) => name in template.Resources) ||
      functions.has('Fn::ImportValue') ||
      functions.has('Fn::GetAZs')
    if (depends) {
      refuse(
        'Template error: the attribute in Fn::ImportValue must not depend on any resources, imported values, or Fn::GetAZs',
      )
    }
  }
}

function checkConditions({ Conditions, Parameters }: Template): void {
  const { names, attributes } = referencesOf(Conditions)
  const referred = [...names, ...attributes.map(({ logicalId }) => logicalId)]
  const unresolved = referred.filter((name) => !(name in Parameters) && !PARAMETERS_OF_AWS.has(name))
  if (unresolved.length > 0) {
    refuse(
      `Template format error: Unresolved dependencies [${unresolved.join(', ')}]. Cannot reference resources in the Conditions block of the template`,
    )
  }
  const needs = new Map(Object.entries(Conditions).map(([name, value]) => [name, [...referencesOf(value).conditions]]))
  const unknown = [...needs.values()].flat().find((name) => !needs.has(name))
  if (unknown !== undefined) refuse(`Template error: unresolved condition dependency ${unknown} in Condition`)
  const circle = circular(needs)
  if (circle.length > 0) {
    refuse(`Template format error: Circular dependency between conditions: [${circle.join(', ')}]`)
  }
}

/** What is left when everything that can be ordered is taken away. */
function circular(needs: ReadonlyMap<string, readonly string[]>): string[] {
  const left = new Map(needs)
  for (let size = -1; size !== left.size; ) {
    size = left.size
    for (const [id, needed] of left) if (!needed.some((need) => left.has(need))) left.delete(id)
  }
  return [...left.keys()]
}
