import type { Capability, Parameter, Tag } from '@aws-sdk/client-cloudformation'
import { inProgress } from '../../cloudformation/engine.ts'
import { invalidTemplate } from '../../cloudformation/errors.ts'
import { checkParameterTypes, parameterValues } from '../../cloudformation/parameters.ts'
import { checkReferences } from '../../cloudformation/references.ts'
import { schemaOf } from '../../cloudformation/schema.ts'
import { liveStacks } from '../../cloudformation/scope.ts'
import { parseTemplate, type Template } from '../../cloudformation/template.ts'
import { AwsError } from '../../errors.ts'
import type { Call, World } from '../../world.ts'
import type { StackDefinition, StackState } from './state.ts'

/** The members that all requests for a stack operation share. */
export interface StackRequest {
  readonly TemplateBody?: string | undefined
  readonly TemplateURL?: string | undefined
  readonly UsePreviousTemplate?: boolean | undefined
  readonly Parameters?: readonly Parameter[] | undefined
  readonly Tags?: readonly Tag[] | undefined
  readonly Capabilities?: readonly Capability[] | undefined
}

/** The stack by name, or by id even when it is deleted. */
export function findStack(world: World, call: Call, nameOrId: string | undefined): StackState {
  const stack = lookUp(world, call, nameOrId)
  if (stack) return stack
  throw invalidTemplate(`Stack with id ${nameOrId} does not exist`)
}

/** The same for operations that say it in other words: those on events, change sets and the stack as a whole. */
export function requireStack(world: World, call: Call, nameOrId: string | undefined): StackState {
  const stack = lookUp(world, call, nameOrId)
  if (stack) return stack
  throw invalidTemplate(`Stack [${nameOrId}] does not exist`)
}

const lookUp = (world: World, call: Call, nameOrId = ''): StackState | undefined =>
  world.region(call.region).cloudformation.stacks[nameOrId] ?? stackNamed(world, call, nameOrId)

export const stackNamed = (world: World, call: Call, name: string): StackState | undefined =>
  liveStacks(world, call).find((stack) => stack.name === name)

/** Refuses an operation on a stack in a state from which AWS does not allow it. */
export function requireStatus(stack: StackState, allowed: RegExp, verb: string): void {
  if (!allowed.test(stack.status) || (verb === 'updated' && inProgress(stack))) {
    throw invalidTemplate(`Stack:${stack.id} is in ${stack.status} state and can not be ${verb}.`)
  }
}

/** Reads, checks and completes a request: the template, its parameters' values, the tags. */
export function definitionOf(world: World, call: Call, request: StackRequest, current?: StackState): StackDefinition {
  const templateBody = request.UsePreviousTemplate ? current?.definition.templateBody : request.TemplateBody
  const template = checkedTemplate(templateBody)
  const parameters = parameterValues(
    template,
    request.Parameters ?? [],
    current?.definition.parameters ?? {},
    (name) => ssmValue(world, call, name),
    (type, id) => exists(world, call, type, id),
  )
  const tags = request.Tags?.map(({ Key = '', Value = '' }) => ({ Key, Value })) ?? current?.definition.tags ?? []
  return { templateBody: templateBody ?? '', parameters, tags }
}

/** A template that is well formed, refers to nothing unknown and has types that exist. */
export function checkedTemplate(body: string | undefined): Template {
  const template = parseTemplate(body)
  if (sound.has(template)) return template
  checkParameterTypes(template)
  const unknown = Object.values(template.Resources).filter(({ Type }) => !schemaOf(Type))
  if (unknown.length > 0) {
    const types = [...new Set(unknown.map(({ Type }) => Type))].join(', ')
    throw invalidTemplate(`Template format error: Unrecognized resource types: [${types}]`)
  }
  checkReferences(template)
  sound.add(template)
  return template
}
const sound = new WeakSet<Template>()

/** The capabilities that a template needs: IAM resources, and those with names of their own. */
export function neededCapabilities(template: Template): { capabilities: Capability[]; reason?: string } {
  const iam = Object.values(template.Resources).filter(({ Type }) => /^AWS::IAM::(?!OIDC|ServiceLinked)/.test(Type))
  if (iam.length === 0) return { capabilities: [] }
  const names = ['RoleName', 'PolicyName', 'ManagedPolicyName', 'InstanceProfileName', 'UserName', 'GroupName']
  const named = iam.some(
    ({ Type, Properties = {} }) => Type !== 'AWS::IAM::Policy' && names.some((name) => name in Properties),
  )
  const types = [...new Set(iam.map(({ Type }) => Type))].join(', ')
  return {
    capabilities: [named ? 'CAPABILITY_NAMED_IAM' : 'CAPABILITY_IAM'],
    reason: `The following resource(s) require capabilities: [${types}]`,
  }
}

export function requireCapabilities(templateBody: string, given: readonly Capability[]): void {
  const { capabilities } = neededCapabilities(parseTemplate(templateBody))
  const missing = capabilities.filter((needed) => !given.includes(needed) && !given.includes('CAPABILITY_NAMED_IAM'))
  if (missing.length > 0) {
    throw new AwsError('InsufficientCapabilitiesException', `Requires capabilities : [${missing.join(', ')}]`)
  }
}

function ssmValue(world: World, call: Call, name: string): string | undefined {
  try {
    return world.services.ssm.GetParameter({ Name: name }, call).Parameter?.Value
  } catch {
    return undefined
  }
}

function exists(world: World, call: Call, type: string, id: string): boolean {
  const { ec2 } = world.services
  const lookUps: Record<string, () => unknown> = {
    'AWS::EC2::VPC::Id': () => ec2.DescribeVpcs({ VpcIds: [id] }, call),
    'AWS::EC2::Subnet::Id': () => ec2.DescribeSubnets({ SubnetIds: [id] }, call),
    'AWS::EC2::SecurityGroup::Id': () => ec2.DescribeSecurityGroups({ GroupIds: [id] }, call),
  }
  try {
    lookUps[type]?.()
    return true
  } catch {
    return false
  }
}
