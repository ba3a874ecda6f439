import { hasSameTemplate } from '../stack-status.ts'
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
  Object.keys(sizesMeanwhile(wanted, { outputs, parameters })).length > 0

/** Of groups, while their services change. */
const sizesMeanwhile = (wanted: Stack, deployed: Deployed): Record<string, string> => ({
  ...largerSizes(wanted, deployed.parameters),
  ...roomForBoth(wanted, deployed),
})

/** Sizes of groups that shrink: a service that goes back to more tasks needs them until it is sure that it does not. */
const largerSizes = ({ parameters }: Stack, deployed: Deployed['parameters']): Record<string, string> =>
  Object.fromEntries(
    Object.entries(deployed).filter(
      ([name, size]) => /(Min|Max)Instances$/.test(name) && Number(size) > Number(parameters[name]),
    ),
  )

/** Instances of another machine image cannot hold the new tasks, as without a GPU: theirs come up beside them. */
function roomForBoth(wanted: Stack, deployed: Deployed): Record<string, string> {
  const images = Object.entries(deployed.parameters).filter(([name]) => name.endsWith('MachineImage'))
  if (images.length === 0 || hasSameTemplate(wanted, deployed)) return {}
  const { Parameters } = readTemplate(wanted.body)
  return Object.fromEntries(
    images.flatMap(([name, image]): [string, string][] => {
      const size = name.replace('MachineImage', 'MaxInstances')
      const isAnother = Parameters[name] !== undefined && Parameters[name].Default !== image
      return isAnother ? [[size, String(Number(deployed.parameters[size]) + Number(wanted.parameters[size]))]] : []
    }),
  )
}

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
      ...leftOut(deployed.parameters, after.Parameters),
      ...wanted.parameters,
      ...sizesMeanwhile(wanted, deployed),
      ...(dropsCertificate(wanted, deployed.outputs) && Certificate !== undefined && { Certificate }),
    },
    tags: wanted.tags,
    summary: wanted.summary,
  })
}

/** What the wanted template has a parameter for, it has a value for as well. */
const leftOut = (deployed: Deployed['parameters'], wanted: Template['Parameters']): Record<string, string> =>
  Object.fromEntries(Object.entries(deployed).filter(([name]) => !(name in wanted)))

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
