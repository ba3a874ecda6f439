import { type Json, readTemplate, type Template } from '../template.ts'
import { DIGEST_OUTPUT, finishStack, type Stack } from './stack.ts'

/** What is deployed of a stack. */
export interface Deployed {
  readonly outputs: Readonly<Record<string, string>>
  readonly parameters: Readonly<Record<string, string>>
}

/** Whether the deployed environment has what the wanted one has not, and services may still use. */
export const hasLeaving = (wanted: Stack, { outputs, parameters }: Deployed): boolean =>
  Object.keys(outputs).some((name) => !wanted.outputs.includes(name)) ||
  dropsCertificate(wanted, outputs) ||
  Object.keys(largerSizes(wanted, parameters)).length > 0

/** Sizes of groups that shrink: a service that goes back to more tasks needs them until it is sure that it does not. */
const largerSizes = ({ parameters }: Stack, deployed: Deployed['parameters']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(deployed).filter(
      ([name, size]) => /(Min|Max)Instances$/.test(name) && Number(size) > Number(parameters[name]),
    ),
  )

/** The HTTPS listener is there only with a certificate. */
const dropsCertificate = ({ parameters }: Stack, outputs: Deployed['outputs']): boolean =>
  parameters.Certificate === '' && 'HttpsListener' in outputs

/**
 * An environment for the time in which its services change: all that is wanted, and all that the deployed one has
 * besides, such as the capacity of a service that leaves it or runs fewer tasks. CloudFormation and ECS let nothing go
 * that is in use.
 */
export function interimStack(wanted: Stack, deployed: Deployed, deployedBody: string): Stack {
  const before = readTemplate(deployedBody)
  const after = readTemplate(wanted.body)
  const { [DIGEST_OUTPUT]: _digest, ...Outputs } = { ...before.Outputs, ...after.Outputs }
  const merged: Template = {
    ...after,
    Parameters: { ...before.Parameters, ...after.Parameters },
    Conditions: { ...before.Conditions, ...after.Conditions },
    Resources: {
      ...before.Resources,
      ...after.Resources,
      ...oldRecords(before, after),
      ...withAllProviders(before, after),
    },
    Outputs,
  }
  const { Certificate } = deployed.parameters
  return finishStack(merged, {
    name: wanted.name,
    parameters: {
      ...deployed.parameters,
      ...wanted.parameters,
      ...largerSizes(wanted, deployed.parameters),
      ...(dropsCertificate(wanted, deployed.outputs) && Certificate !== undefined && { Certificate }),
    },
    tags: wanted.tags,
    summary: wanted.summary,
  })
}

/** Hosts lead to where their services still are. */
const oldRecords = (before: Template, after: Template): Template['Resources'] =>
  Object.fromEntries(
    Object.entries(before.Resources).filter(
      ([name, { Type }]) => Type === 'AWS::Route53::RecordSet' && name in after.Resources,
    ),
  )

/** One resource lists the capacity providers of all services. */
function withAllProviders(before: Template, after: Template): Template['Resources'] {
  const [old, own] = [before, after].map(({ Resources }) => Resources.ClusterCapacity)
  if (!old || !own) return {}
  const all = [old, own].flatMap(({ Properties }) => (Properties?.CapacityProviders as Json[] | undefined) ?? [])
  const CapacityProviders = [...new Map(all.map((provider) => [JSON.stringify(provider), provider])).values()]
  return { ClusterCapacity: { ...own, Properties: { ...own.Properties, CapacityProviders } } }
}
