import { checkAgainst, type Fields, type ResourceSchema } from '../../formats/resource-schema.ts'
import type { Environment } from '../manifest/model.ts'
import type { Finding } from '../manifest/problems.ts'
import { type Resource, referencesOf, type Template, type TemplateTexts } from '../template.ts'
import { environmentTemplate } from './environment.ts'
import { applyOverrides, type OverrideProblem, overridesOf, type Placed } from './overrides.ts'
import { serviceTemplate } from './service.ts'

export type ResourceSchemas = Readonly<Record<string, ResourceSchema>>

/** Whether there is anything to check, for which resource schemas would have to be loaded. */
export const hasOverrides = ({ settings, services }: Environment): boolean =>
  [settings, ...services.map((service) => service.settings)].some((one) => overridesOf(one).length > 0)

/** What is wrong with the overrides of an environment and its services, below the manifest's base. */
export function overrideFindings(environment: Environment, texts: TemplateTexts, schemas: ResourceSchemas): Finding[] {
  const { settings, services } = environment
  const found = (path: readonly string[], template: Template, overrides: readonly Placed[]): Finding[] =>
    overrides.length === 0
      ? []
      : problemsOf(template, overrides, schemas).map(({ at, message }) => ({ path: [...path, ...at, 'path'], message }))
  return [
    ...found([], environmentTemplate(environment, texts), overridesOf(settings)),
    ...services.flatMap((service) =>
      found(['services', service.name], serviceTemplate(environment, service, texts), overridesOf(service.settings)),
    ),
  ]
}

/** Those that cannot be made, and what is wrong with the template that the others make, at the first by which it is. */
function problemsOf(template: Template, overrides: readonly Placed[], schemas: ResourceSchemas): OverrideProblem[] {
  const { template: changed, problems } = applyOverrides(template, overrides)
  const known = faultsOf(template, schemas)
  const after = (count: number) => faultsOf(applyOverrides(template, overrides.slice(0, count)).template, schemas)
  const made = faultsOf(changed, schemas).flatMap((message) => {
    const first = overrides.find((_one, index) => after(index + 1).includes(message))
    return known.includes(message) || !first ? [] : [{ at: first.at, message }]
  })
  return [...problems, ...made]
}

function faultsOf({ Resources, Outputs, Parameters, Conditions }: Template, schemas: ResourceSchemas): string[] {
  const names = new Set([Resources, Parameters, Conditions].flatMap((section) => Object.keys(section)))
  const lost = Object.entries({ ...Outputs, ...Resources }).flatMap(([name, member]) =>
    [...referencesOf(member)]
      .filter((other) => !names.has(other) && !other.startsWith('AWS::'))
      .map((other) => `${name}: there is no ${other} to refer to`),
  )
  const wrong = Object.entries(Resources).flatMap(([name, resource]) =>
    resourceProblems(resource, schemas).map((message) => `${name}: ${message}`),
  )
  return [...wrong, ...lost]
}

function resourceProblems({ Type, Properties = {} }: Resource, schemas: ResourceSchemas): readonly string[] {
  if (Type === undefined) return ['needs a Type']
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
