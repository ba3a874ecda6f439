import { createHash } from 'node:crypto'
import { UserError } from '../../errors.ts'
import { printTemplate } from '../../formats/print-template.ts'
import { type Resource, type Template, withoutUnused } from '../template.ts'

/** A stack as it should be. */
export interface Stack {
  readonly name: string
  /** The finished template as YAML. */
  readonly body: string
  /** Where the template lies, when it is too large for a request. */
  readonly url?: string
  /** Changes with the template: it is the value of its output `Template`. */
  readonly digest: string
  readonly parameters: Readonly<Record<string, string>>
  /** Names of its outputs. */
  readonly outputs: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  /** In words, for the plan that people see. */
  readonly summary: string
}

/** The output by which a deployment sees that a stack has this very template already. */
export const DIGEST_OUTPUT = 'Template'

export function finishStack(
  whole: Template,
  stack: Pick<Stack, 'name' | 'tags' | 'summary'> & { readonly parameters: Readonly<Record<string, string | number>> },
): Stack {
  const template = withoutUnused(whole)
  const digest = createHash('sha256').update(JSON.stringify(template)).digest('hex').slice(0, 16)
  const { Outputs, Conditions, ...rest } = template
  const finished = {
    ...rest,
    ...(Object.keys(Conditions).length > 0 && { Conditions }),
    Resources: Object.fromEntries(Object.entries(template.Resources).map(([name, one]) => [name, propertiesLast(one)])),
    Outputs: { ...Outputs, [DIGEST_OUTPUT]: { Description: 'Changes with the template', Value: digest } },
  }
  const parameters = Object.fromEntries(
    Object.entries(stack.parameters)
      .filter(([name]) => name in template.Parameters)
      .map(([name, value]) => [name, String(value)]),
  )
  const body = printed(digest, () => printTemplate(inOrder(finished)))
  checkSize(stack.name, body)
  checkVariables(stack.name, template)
  return { ...stack, parameters, outputs: Object.keys(finished.Outputs), body, digest }
}

/** What is planned again, as of another step on the way there, is printed once. */
function printed(digest: string, print: () => string): string {
  const body = bodies.get(digest) ?? print()
  bodies.set(digest, body)
  return body
}
const bodies = new Map<string, string>()

/** Bytes that CloudFormation takes in a request, and from a bucket. */
const LARGEST_REQUEST = 51_200
const LARGEST = 1_000_000

/** Whether the template has to lie in a bucket. */
export const isLarge = ({ body }: Pick<Stack, 'body'>): boolean => Buffer.byteLength(body) > LARGEST_REQUEST

function checkSize(name: string, body: string): void {
  const bytes = Buffer.byteLength(body)
  if (bytes <= LARGEST) return
  throw new UserError('usage', `the template of ${name} would have ${bytes} bytes; CloudFormation takes ${LARGEST}`, {
    hint: 'put some of the services, or some of their variables, into an app of their own',
  })
}

/** Bytes of a task definition that ECS takes. */
const LARGEST_DEFINITION = 65_536

/** Variables alone can be too many; what is filled in when the stack is made comes on top of them. */
function checkVariables(stack: string, { Resources }: Template): void {
  for (const { Type, Properties = {} } of Object.values(Resources)) {
    if (Type !== 'AWS::ECS::TaskDefinition') continue
    const containers = Properties.ContainerDefinitions as { Environment?: { Value: unknown }[] }[]
    const said = containers.flatMap(({ Environment = [] }) =>
      Environment.filter(({ Value }) => typeof Value === 'string'),
    )
    const bytes = Buffer.byteLength(JSON.stringify(said))
    if (bytes <= LARGEST_DEFINITION) continue
    throw new UserError(
      'usage',
      `the variables of ${stack} have ${bytes} bytes; ECS takes ${LARGEST_DEFINITION} for all that is said of a task`,
      {
        hint: 'name a file in S3 as env_file, which is read when a task starts, or let the program fetch what is long',
      },
    )
  }
}

/** What a resource waits for stands before what it is. */
const propertiesLast = ({ Properties, ...attributes }: Resource): Resource => ({
  ...attributes,
  ...(Properties && { Properties }),
})

/** Sections in the order in which people read them. */
function inOrder({ AWSTemplateFormatVersion, Description, ...rest }: Partial<Template>): object {
  const { Parameters, Conditions, Resources, Outputs } = rest
  return {
    AWSTemplateFormatVersion,
    Description,
    ...(Parameters && Object.keys(Parameters).length > 0 && { Parameters }),
    ...(Conditions && { Conditions }),
    Resources,
    Outputs,
  }
}

/** What `aws cloudformation deploy --parameter-overrides file://…` reads. */
export const parameterList = (
  parameters: Readonly<Record<string, string>>,
): { ParameterKey: string; ParameterValue: string }[] =>
  Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue }))
