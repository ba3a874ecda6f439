import { invalidTemplate } from './errors.ts'
import { dependsOn, type ResourceDeclaration, type Template } from './template.ts'

interface Found {
  /** Names in Ref, Fn::Sub and Fn::GetAtt, pseudo parameters left out. */
  readonly names: Set<string>
  readonly attributes: { readonly logicalId: string; readonly attribute: string }[]
  readonly conditions: Set<string>
}

/** Everything that a value refers to, whether its conditions hold or not. */
export function referencesOf(
  value: unknown,
  found: Found = { names: new Set(), attributes: [], conditions: new Set() },
): Found {
  if (Array.isArray(value)) for (const item of value) referencesOf(item, found)
  else if (typeof value === 'object' && value !== null) {
    for (const [key, member] of Object.entries(value)) visit(key, member, found)
  }
  return found
}

function visit(key: string, member: unknown, found: Found): void {
  if (key === 'Ref' && typeof member === 'string') addName(member, found)
  else if (key === 'Fn::GetAtt') addAttribute(Array.isArray(member) ? member : splitOnce(String(member)), found)
  else if (key === 'Fn::Sub') {
    const [format, variables = {}] = Array.isArray(member) ? member : [member]
    for (const [, name = ''] of String(format).matchAll(/\$\{(?!!)([^}]*)\}/g)) {
      if (!Object.hasOwn(variables, name.trim())) addName(name.trim(), found)
    }
    referencesOf(variables, found)
  } else {
    if (key === 'Fn::If' && Array.isArray(member)) found.conditions.add(String(member[0]))
    referencesOf(member, found)
  }
}

function addName(name: string, found: Found): void {
  if (name.startsWith('AWS::')) return
  if (name.includes('.')) addAttribute(splitOnce(name), found)
  else found.names.add(name)
}

function addAttribute([logicalId, attribute]: readonly unknown[], found: Found): void {
  found.names.add(String(logicalId))
  if (typeof attribute === 'string') found.attributes.push({ logicalId: String(logicalId), attribute })
  else referencesOf(attribute, found)
}

const splitOnce = (name: string): [string, string] => {
  const dot = name.indexOf('.')
  return [name.slice(0, dot), name.slice(dot + 1)]
}

/** The resources that a resource needs first: what it refers to, and its DependsOn. */
export function dependencies(declaration: ResourceDeclaration, resources: Template['Resources']): string[] {
  const { names } = referencesOf(declaration.Properties)
  return [...new Set([...names, ...dependsOn(declaration)])].filter((name) => name in resources)
}

/** Refuses references to nothing, and resources that wait for each other. */
export function checkReferences(template: Template): void {
  const known = (name: string) => name in template.Resources || name in template.Parameters
  for (const block of ['Resources', 'Outputs'] as const) {
    const members = Object.values<ResourceDeclaration | Template['Outputs'][string]>(template[block])
    const found = members.map((member) =>
      referencesOf('Type' in member ? member.Properties : [member.Value, member.Export]),
    )
    const waited = block === 'Resources' ? Object.values(template.Resources).flatMap(dependsOn) : []
    const unresolved = new Set([
      ...found.flatMap(({ names }) => [...names]).filter((name) => !known(name)),
      ...waited.filter((name) => !(name in template.Resources)),
    ])
    if (unresolved.size > 0) {
      throw invalidTemplate(
        `Template format error: Unresolved resource dependencies [${[...unresolved].join(', ')}] in the ${block} block of the template`,
      )
    }
    const named = members.flatMap(({ Condition }) => (Condition ? [Condition] : []))
    for (const name of [...named, ...found.flatMap(({ conditions }) => [...conditions])]) {
      if (name in template.Conditions) continue
      throw invalidTemplate(
        `Template format error: Unresolved condition dependency ${name} in the ${block} block of the template`,
      )
    }
  }
  const inConditions = [...referencesOf(template.Conditions).names].filter((name) => !(name in template.Parameters))
  if (inConditions.length > 0) {
    throw invalidTemplate(
      `Template format error: Unresolved dependencies [${inConditions.join(', ')}]. Cannot reference resources in the Conditions block of the template`,
    )
  }
  const circle = circularDependencies(template)
  if (circle.length > 0) throw invalidTemplate(`Circular dependency between resources: [${circle.join(', ')}]`)
}

/** What is left when everything that can be ordered is taken away. */
function circularDependencies({ Resources }: Template): string[] {
  const left = new Map(Object.entries(Resources).map(([id, declaration]) => [id, dependencies(declaration, Resources)]))
  for (let size = -1; size !== left.size; ) {
    size = left.size
    for (const [id, needs] of left) if (!needs.some((need) => left.has(need))) left.delete(id)
  }
  return [...left.keys()]
}
