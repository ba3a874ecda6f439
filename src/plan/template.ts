import { parseTemplateText } from '../formats/template-yaml.ts'

export type { TemplateTexts } from './template-texts.ts'

export type Json = Record<string, unknown>

export interface Resource {
  readonly Type: string
  readonly Properties?: Json
  readonly [attribute: string]: unknown
}

/** A CloudFormation template as plain values, functions in the long form. */
export interface Template {
  readonly AWSTemplateFormatVersion: string
  readonly Description: string
  readonly Parameters: Readonly<Record<string, Json>>
  readonly Conditions: Readonly<Record<string, unknown>>
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs: Readonly<Record<string, Json>>
}

const SECTIONS = ['Parameters', 'Conditions', 'Resources', 'Outputs'] as const

/** A template's text as values; the same ones for the same text, for a plan reads each many times. */
export function readTemplate(text: string): Template {
  const known = read.get(text)
  if (known) return known
  const template = {
    Parameters: {},
    Conditions: {},
    Outputs: {},
    ...(parseTemplateText(text) as Pick<Template, 'AWSTemplateFormatVersion' | 'Description' | 'Resources'>),
  }
  read.set(text, template)
  return template
}
const read = new Map<string, Template>()

/** Several templates as one. A parameter of one that is a resource of another is satisfied by it. */
export function merge(base: Template, ...parts: readonly Template[]): Template {
  const all = [base, ...parts]
  const joined = Object.fromEntries(
    SECTIONS.map((section) => [section, Object.assign({}, ...all.map((part) => part[section]))]),
  ) as Pick<Template, (typeof SECTIONS)[number]>
  const Parameters = Object.fromEntries(
    Object.entries(joined.Parameters).filter(([name]) => !(name in joined.Resources)),
  )
  return { ...base, ...joined, Parameters }
}

/** The template with parameters replaced by values, wherever they are referred to. */
export function bind(template: Template, values: Readonly<Record<string, unknown>>): Template {
  const Parameters = Object.fromEntries(Object.entries(template.Parameters).filter(([name]) => !(name in values)))
  const replaced = mapReferences({ ...template, Parameters }, (name) =>
    name in values ? { value: values[name] } : undefined,
  )
  return replaced as unknown as Template
}

/** The template with a word in front of the names of its own members, so that it can stand beside another of its kind. */
export function prefixed(template: Template, prefix: string, shared: readonly string[] = [], suffix = ''): Template {
  const own = SECTIONS.flatMap((section) => Object.keys(template[section])).filter((name) => !shared.includes(name))
  return renamed(template, Object.fromEntries(own.map((name) => [name, prefix + name + suffix])))
}

/** The template with other names for some of its members, of some sections or of all, wherever they are named. */
export function renamed(
  template: Template,
  names: Readonly<Record<string, string>>,
  within: readonly (typeof SECTIONS)[number][] = SECTIONS,
): Template {
  const known = new Map(Object.entries(names))
  const replaced = mapReferences(template, (name) => {
    const other = known.get(name)
    return other === undefined ? undefined : { name: other }
  }) as unknown as Template
  const sections = within.map((section) => [
    section,
    Object.fromEntries(Object.entries(replaced[section]).map(([name, member]) => [known.get(name) ?? name, member])),
  ])
  return { ...replaced, ...Object.fromEntries(sections) }
}

/** The template without parameters that nothing refers to, as when a feature has put something in the place of what did. */
export function withoutUnused(template: Template): Template {
  const { Resources, Conditions, Outputs } = template
  const used = referencesOf({ Resources, Conditions, Outputs })
  const Parameters = Object.fromEntries(Object.entries(template.Parameters).filter(([name]) => used.has(name)))
  return { ...template, Parameters }
}

/** All names that something refers to. */
export function referencesOf(value: unknown): ReadonlySet<string> {
  const names = new Set<string>()
  mapReferences(value, (name) => {
    names.add(name)
    return undefined
  })
  return names
}

/** What a reference becomes: another name, or a value in its place. */
type Replacement = { readonly name: string } | { readonly value: unknown } | undefined

type Replace = (name: string) => Replacement

/** What has nothing to replace stays the very value that it is: most of a template does. */
function mapReferences(value: unknown, replace: Replace, inProperties = false): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return mapItems(value, (item) => mapReferences(item, replace, inProperties))
  const group = value as Json
  const names = Object.keys(group)
  const [key] = names
  if (key !== undefined && names.length === 1) {
    const argument = group[key]
    if (key === 'Ref') return reference(String(argument), replace) ?? value
    if (key === 'Fn::GetAtt') return getAtt(argument as readonly unknown[], replace) ?? value
    if (key === 'Fn::Sub') return sub(argument, replace) ?? value
    if (key === 'Fn::If' || key === 'Condition') return { [key]: condition(argument, replace) }
  }
  let changed: Json | undefined
  for (const name of names) {
    const member = group[name]
    const mapped = mapMember(name, member, replace, inProperties)
    if (mapped === member) continue
    changed ??= { ...group }
    changed[name] = mapped
  }
  return changed ?? value
}

function mapItems<Item>(items: readonly Item[], map: (item: Item) => Item): readonly Item[] {
  const mapped = items.map(map)
  return mapped.some((item, index) => item !== items[index]) ? mapped : items
}

/** A resource's DependsOn and Condition name others without a function; members of its properties may be called the same. */
function mapMember(key: string, member: unknown, replace: Replace, inProperties: boolean): unknown {
  if (inProperties || (key !== 'DependsOn' && key !== 'Condition')) {
    return mapReferences(member, replace, inProperties || key === 'Properties')
  }
  if (typeof member === 'string') return nameOf(member, replace)
  return key === 'DependsOn'
    ? mapItems(member as string[], (name) => nameOf(name, replace))
    : mapReferences(member, replace)
}

const nameOf = (name: string, replace: Replace): string => {
  const replacement = replace(name)
  return replacement && 'name' in replacement ? replacement.name : name
}

function condition(argument: unknown, replace: Replace): unknown {
  if (typeof argument === 'string') return nameOf(argument, replace)
  if (!Array.isArray(argument)) return mapReferences(argument, replace)
  const [name, ...branches] = argument
  return [nameOf(String(name), replace), ...branches.map((branch) => mapReferences(branch, replace))]
}

function reference(name: string, replace: Replace): unknown {
  const replacement = replace(name)
  if (!replacement) return undefined
  return 'name' in replacement ? { Ref: replacement.name } : replacement.value
}

function getAtt([name, ...attribute]: readonly unknown[], replace: Replace): Json | undefined {
  const other = nameOf(String(name), replace)
  return other === name ? undefined : { 'Fn::GetAtt': [other, ...attribute] }
}

/** `${Name}` in a text: renamed, put in as text, or handed in as a variable when the value is a function itself. */
function sub(argument: unknown, replace: Replace): unknown {
  const [format, variables = {}] = (Array.isArray(argument) ? argument : [argument]) as [string, Json?]
  const added: Json = {}
  const text = format.replace(/\$\{([^!}.]+)(\.[^}]+)?\}/g, (whole, name: string, attribute = '') => {
    if (name in variables) return whole
    const replacement = replace(name)
    if (!replacement) return whole
    if ('name' in replacement) return `\${${replacement.name}${attribute}}`
    if (typeof replacement.value === 'string') return replacement.value
    added[name] = replacement.value
    return whole
  })
  const all = { ...(mapReferences(variables, replace) as Json), ...added }
  if (Object.keys(all).length > 0) return { 'Fn::Sub': [text, all] }
  if (!text.includes('${')) return text
  return text === argument ? undefined : { 'Fn::Sub': text }
}

/** The template with a resource's properties changed by a function. */
export function withProperties(template: Template, resource: string, change: (properties: Json) => Json): Template {
  const found = template.Resources[resource]
  if (!found) throw new Error(`the template has no resource ${resource}`)
  const changed = { ...found, Properties: change(found.Properties ?? {}) }
  return { ...template, Resources: { ...template.Resources, [resource]: changed } }
}

export const ref = (name: string): Json => ({ Ref: name })
export const subText = (text: string): Json => ({ 'Fn::Sub': text })
export const importValue = (name: string): Json => ({ 'Fn::ImportValue': subText(name) })

const isGroup = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value)

/** Groups as one: lists and groups of the same name are joined, what several say stands once, of everything else the last counts. */
export function joined(parts: readonly Json[]): Json {
  const all: Json = {}
  for (const [name, value] of parts.flatMap((part) => Object.entries(part))) {
    const before = all[name]
    if (Array.isArray(before) && Array.isArray(value)) all[name] = distinct([...before, ...value])
    else all[name] = isGroup(before) && isGroup(value) ? joined([before, value]) : value
  }
  return all
}

export const distinct = <Item>(items: readonly Item[]): Item[] => [
  ...new Map(items.map((item) => [JSON.stringify(item), item])).values(),
]

/** An output that other stacks import behind the name of this one. */
export const importable = (Description: string, Value: unknown, name: string): Json => ({
  Description,
  Value,
  Export: { Name: subText(`\${AWS::StackName}-${name}`) },
})
