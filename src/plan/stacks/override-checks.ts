import { checkAgainst, type Fields, type ResourceSchema } from '../../formats/resource-schema.ts'
import type { Environment } from '../manifest/model.ts'
import type { Finding } from '../manifest/problems.ts'
import type { Resource, Template, TemplateTexts } from '../template.ts'
import { environmentTemplate } from './environment.ts'
import { applyOverrides, type Override, type OverrideProblem, stepsOf } from './overrides.ts'
import { serviceTemplate } from './service.ts'

export type ResourceSchemas = Readonly<Record<string, ResourceSchema>>

/** Whether there is anything to check, for which resource schemas would have to be loaded. */
export const hasOverrides = ({ settings, services }: Environment): boolean =>
  settings.overrides !== undefined || services.some((service) => service.settings.overrides !== undefined)

/** What is wrong with the overrides of an environment and its services, below the manifest's base. */
export function overrideFindings(environment: Environment, texts: TemplateTexts, schemas: ResourceSchemas): Finding[] {
  const own = problemsOf(environmentTemplate(environment, texts), environment.settings.overrides, schemas)
  return [
    ...own.map((problem) => found(['overrides'], problem)),
    ...environment.services.flatMap((service) =>
      problemsOf(serviceTemplate(environment, service, texts), service.settings.overrides, schemas).map((problem) =>
        found(['services', service.name, 'overrides'], problem),
      ),
    ),
  ]
}

const found = (path: readonly string[], { index, message }: OverrideProblem): Finding => ({
  path: [...path, index, 'path'],
  message,
})

function problemsOf(
  template: Template,
  overrides: readonly Override[] = [],
  schemas: ResourceSchemas,
): readonly OverrideProblem[] {
  const applied = applyOverrides(template, overrides)
  if (applied.problems.length > 0) return applied.problems
  const names = new Set([...Object.keys(applied.template.Resources), ...Object.keys(applied.template.Parameters)])
  return Object.entries(applied.template.Resources).flatMap(([name, resource]) => {
    const before = template.Resources[name]
    if (resource === before) return []
    const known = before ? resourceProblems(before, schemas) : []
    const index = overrides.findLastIndex(({ path }) => stepsOf(path)[1] === name)
    const told = [...resourceProblems(resource, schemas), ...lost(resource, names)]
    return told.filter((one) => !known.includes(one)).map((message) => ({ index, message: `${name}: ${message}` }))
  })
}

function resourceProblems({ Type, Properties = {} }: Resource, schemas: ResourceSchemas): readonly string[] {
  if (!/^(AWS::\w+::\w+|Custom::[\w@-]+)$/.test(String(Type))) return [`${Type} is no type of a resource`]
  const schema = schemas[Type]
  return schema ? checkAgainst(schema, Properties as Fields, isFunction).problems : []
}

/** What CloudFormation works out may be anything. */
const isFunction = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  Object.keys(value).length === 1 &&
  /^(Ref|Condition|Fn::.+)$/.test(Object.keys(value)[0] ?? '')

/** Names that a resource refers to and that nothing has. */
function lost(value: unknown, names: ReadonlySet<string>): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => lost(item, names))
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, member]) => {
    const name = key === 'Ref' ? member : key === 'Fn::GetAtt' && Array.isArray(member) ? member[0] : undefined
    if (typeof name !== 'string') return lost(member, names)
    return names.has(name) || name.startsWith('AWS::') ? [] : [`there is no ${name} to refer to`]
  })
}
