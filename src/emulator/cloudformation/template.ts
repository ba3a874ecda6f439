import { parseTemplateText, TemplateSyntaxError } from '../../formats/template-yaml.ts'
import { invalidTemplate } from './errors.ts'

export type Fields = Readonly<Record<string, unknown>>

export interface ParameterDeclaration {
  readonly Type: string
  readonly Default?: unknown
  readonly Description?: string
  readonly AllowedValues?: readonly unknown[]
  readonly AllowedPattern?: string
  readonly ConstraintDescription?: string
  readonly MinLength?: number | string
  readonly MaxLength?: number | string
  readonly MinValue?: number | string
  readonly MaxValue?: number | string
  readonly NoEcho?: boolean | string
}

export interface ResourceDeclaration {
  readonly Type: string
  readonly Properties?: Fields
  readonly Condition?: string
  readonly DependsOn?: string | readonly string[]
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly Metadata?: Fields
}

interface OutputDeclaration {
  readonly Value: unknown
  readonly Description?: string
  readonly Condition?: string
  readonly Export?: { readonly Name: unknown }
}

export interface Template {
  readonly Description?: string
  readonly Metadata?: Fields
  readonly Parameters: Readonly<Record<string, ParameterDeclaration>>
  readonly Mappings: Readonly<Record<string, Readonly<Record<string, Fields>>>>
  readonly Conditions: Fields
  readonly Resources: Readonly<Record<string, ResourceDeclaration>>
  readonly Outputs: Readonly<Record<string, OutputDeclaration>>
}

const SECTIONS = [
  'AWSTemplateFormatVersion',
  'Description',
  'Metadata',
  'Parameters',
  'Rules',
  'Mappings',
  'Conditions',
  'Transform',
  'Resources',
  'Outputs',
  'Hooks',
]

const RESOURCE_MEMBERS = [
  'Type',
  'Properties',
  'Condition',
  'DependsOn',
  'Description',
  'DeletionPolicy',
  'UpdateReplacePolicy',
  'Metadata',
  'CreationPolicy',
  'UpdatePolicy',
]
const DELETION_POLICIES = ['Delete', 'Retain', 'RetainExceptOnCreate', 'Snapshot']

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Reads a template and checks its outer form. Throws CloudFormation's own format errors. */
export function parseTemplate(body: string | undefined): Template {
  if (!body) throw invalidTemplate('Either Template URL or Template Body must be specified.')
  const template = ready.get(body) ?? checked(read(body))
  ready.delete(body)
  ready.set(body, template)
  for (const oldest of ready.keys()) {
    if (ready.size <= MOST_READY) break
    ready.delete(oldest)
  }
  return template
}

/** The newest templates, ready: every description of a stack looks at its own. Nobody changes what all share. */
const ready = new Map<string, Template>()
const MOST_READY = 500

function checked(value: unknown): Template {
  if (!isObject(value)) throw invalidTemplate('Template format error: unsupported structure.')
  const unknown = Object.keys(value).filter((section) => !SECTIONS.includes(section))
  if (unknown.length > 0) throw invalidTemplate(`Invalid template property or properties [${unknown.join(', ')}]`)
  const { AWSTemplateFormatVersion: version = '2010-09-09' } = value
  if (version !== '2010-09-09') {
    throw invalidTemplate(`Template format error: ${version} is not a supported value for AWSTemplateFormatVersion`)
  }
  if (value.Transform !== undefined) {
    throw invalidTemplate('The embedded AWS does not run template macros: remove the Transform section.')
  }
  for (const section of ['Parameters', 'Mappings', 'Conditions', 'Resources', 'Outputs'])
    checkSection(section, value[section])
  if (Object.keys((value.Resources as Fields | undefined) ?? {}).length === 0) {
    throw invalidTemplate('Template format error: At least one Resources member must be defined.')
  }
  return frozen({
    Parameters: {},
    Mappings: {},
    Conditions: {},
    Outputs: {},
    ...(value as unknown as Pick<Template, 'Resources'>),
  })
}

function frozen<Value>(value: Value): Value {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen)
  return value
}

function read(body: string): unknown {
  try {
    return parseTemplateText(body)
  } catch (error) {
    if (!(error instanceof TemplateSyntaxError)) throw error
    if (error.reason === 'alias') {
      throw invalidTemplate('Template error: YAML aliases are not allowed in CloudFormation templates')
    }
    const language = body.trimStart().startsWith('{') ? 'JSON' : 'YAML'
    throw invalidTemplate(
      `Template format error: ${language} not well-formed. (line ${error.line}, column ${error.column})`,
    )
  }
}

function checkSection(section: string, members: unknown): void {
  if (members === undefined || members === null) return
  if (!isObject(members)) throw invalidTemplate(`Template format error: ${section} must be an object.`)
  for (const [name, member] of Object.entries(members)) {
    if (!/^[A-Za-z0-9]+$/.test(name) && section !== 'Mappings') {
      throw invalidTemplate(`Template format error: ${singular(section)} name ${name} is non alphanumeric.`)
    }
    if (section === 'Conditions') continue
    if (section === 'Resources') {
      checkResource(name, member)
      continue
    }
    if (!isObject(member)) throw invalidTemplate(`Template format error: [/${section}/${name}] must be an object.`)
    if (section === 'Parameters' && typeof member.Type !== 'string') {
      throw invalidTemplate(`Template format error: Every ${section} object must contain a Type member.`)
    }
    if (section === 'Outputs' && (member.Value === undefined || member.Value === null)) {
      throw invalidTemplate(`Template format error: Output ${name} is malformed. The Value field is required.`)
    }
  }
}

function checkResource(name: string, resource: unknown): void {
  if (!isObject(resource)) {
    throw invalidTemplate(`Template format error: [/Resources/${name}] resource definition is malformed`)
  }
  if (typeof resource.Type !== 'string') {
    throw invalidTemplate(
      `Template format error: [/Resources/${name}] Every Resources object must contain a Type member.`,
    )
  }
  const unknown = Object.keys(resource).find((member) => !RESOURCE_MEMBERS.includes(member))
  if (unknown !== undefined) throw invalidTemplate(`Invalid template resource property '${unknown}'`)
  for (const policy of ['DeletionPolicy', 'UpdateReplacePolicy']) {
    const value = resource[policy] ?? 'Delete'
    if (DELETION_POLICIES.includes(String(value)) && (policy === 'DeletionPolicy' || value !== 'RetainExceptOnCreate'))
      continue
    throw invalidTemplate(`Template format error: Unrecognized ${policy} ${value} for resource ${name}`)
  }
}

const singular = (section: string): string => section.replace(/s$/, '')

/** The logical ids that a resource waits for by DependsOn. */
export const dependsOn = ({ DependsOn = [] }: ResourceDeclaration): readonly string[] =>
  typeof DependsOn === 'string' ? [DependsOn] : DependsOn
