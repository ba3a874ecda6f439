import type * as Sdk from '@aws-sdk/client-cloudformation'
import { invalidTemplate } from '../../cloudformation/errors.ts'
import { importersOf, liveStacks } from '../../cloudformation/scope.ts'
import { parseTemplate, type Template } from '../../cloudformation/template.ts'
import { page } from '../../page.ts'
import type { Handlers } from '../../wire/handlers.ts'
import type { World } from '../../world.ts'
import { checkedTemplate, findStack, neededCapabilities, requireStack } from './request.ts'
import type { StackDefinition, StackEventState, StackResource, StackState } from './state.ts'
import { withTemplate } from './template-source.ts'

const HIDDEN = '****'

export const describe = (world: World) =>
  ({
    DescribeStacks: ({ StackName, NextToken }, call) => {
      const stacks = StackName === undefined ? liveStacks(world, call) : [findStack(world, call, StackName)]
      const { items, next } = page([...stacks].reverse(), 100, NextToken)
      return { Stacks: items.map(stackDescription), ...(next && { NextToken: next }) }
    },

    DescribeStackEvents: ({ StackName, NextToken }, call) => {
      const stack = requireStack(world, call, StackName)
      const { items, next } = page([...stack.events].reverse(), 100, NextToken)
      return {
        StackEvents: items.map((event) => eventDescription(stack, event)),
        ...(next && { NextToken: next }),
      }
    },

    DescribeStackResources: ({ StackName, LogicalResourceId, PhysicalResourceId }, call) => {
      const stack =
        StackName === undefined
          ? liveStacks(world, call).find(({ resources }) =>
              Object.values(resources).some((one) => one.physicalId === PhysicalResourceId),
            )
          : findStack(world, call, StackName)
      if (!stack) throw invalidTemplate(`Stack for ${PhysicalResourceId} does not exist`)
      return {
        StackResources: visible(stack)
          .filter(({ logicalId }) => LogicalResourceId === undefined || logicalId === LogicalResourceId)
          .map((resource) => ({
            ...resourceDescription(resource),
            StackId: stack.id,
            StackName: stack.name,
            Timestamp: resource.changedAt,
          })),
      }
    },

    DescribeStackResource: ({ StackName, LogicalResourceId = '' }, call) => {
      const stack = findStack(world, call, StackName)
      const resource = stack.resources[LogicalResourceId]
      if (!resource) throw invalidTemplate(`Resource ${LogicalResourceId} does not exist for stack ${stack.name}`)
      return {
        StackResourceDetail: {
          ...resourceDescription(resource),
          StackId: stack.id,
          StackName: stack.name,
          LastUpdatedTimestamp: resource.changedAt,
        },
      }
    },

    ListStackResources: ({ StackName, NextToken }, call) => {
      const { items, next } = page(visible(findStack(world, call, StackName)), 100, NextToken)
      return {
        StackResourceSummaries: items.map((resource) => ({
          ...resourceDescription(resource),
          LastUpdatedTimestamp: resource.changedAt,
        })),
        ...(next && { NextToken: next }),
      }
    },

    GetTemplate: ({ StackName, ChangeSetName }, call) => {
      const stack = findStack(world, call, StackName)
      const changeSet = ChangeSetName === undefined ? undefined : stack.changeSets[ChangeSetName]
      return {
        TemplateBody: (changeSet?.definition ?? stack.definition).templateBody,
        StagesAvailable: ['Original', 'Processed'],
      }
    },

    GetTemplateSummary: async ({ StackName, ...source }, call) => {
      const { TemplateBody } = await withTemplate(world, call, source)
      const body = StackName === undefined ? TemplateBody : findStack(world, call, StackName).definition.templateBody
      const template = checkedTemplate(body)
      const { capabilities, reason } = neededCapabilities(template)
      return {
        Parameters: parameterDeclarations(template),
        ResourceTypes: [...new Set(Object.values(template.Resources).map(({ Type }) => Type))],
        Version: '2010-09-09',
        ...(template.Description !== undefined && { Description: template.Description }),
        ...(template.Metadata && { Metadata: JSON.stringify(template.Metadata) }),
        ...(reason !== undefined && { Capabilities: capabilities, CapabilitiesReason: reason }),
      }
    },

    ValidateTemplate: async (source, call) => {
      const { TemplateBody } = await withTemplate(world, call, source)
      const template = checkedTemplate(TemplateBody)
      const { capabilities, reason } = neededCapabilities(template)
      return {
        Parameters: parameterDeclarations(template).map(({ ParameterKey, DefaultValue, NoEcho, Description }) => ({
          ParameterKey,
          NoEcho,
          ...(DefaultValue !== undefined && { DefaultValue }),
          ...(Description !== undefined && { Description }),
        })),
        ...(template.Description !== undefined && { Description: template.Description }),
        ...(reason !== undefined && { Capabilities: capabilities, CapabilitiesReason: reason }),
      }
    },

    ListExports: ({ NextToken }, call) => {
      const all = liveStacks(world, call).flatMap((stack) =>
        stack.outputs.flatMap(({ exportName, value }) =>
          exportName === undefined ? [] : [{ ExportingStackId: stack.id, Name: exportName, Value: value }],
        ),
      )
      const { items, next } = page(all, 100, NextToken)
      return { Exports: items, ...(next && { NextToken: next }) }
    },

    ListImports: ({ ExportName = '' }, call) => {
      const importers = importersOf(world, call, ExportName)
      if (importers.length === 0) throw invalidTemplate(`Export '${ExportName}' is not imported by any stack.`)
      return { Imports: importers.map(({ name }) => name) }
    },
  }) satisfies Handlers<typeof Sdk>

/** An event never changes, and whoever follows a stack is told of it again and again. */
function eventDescription(stack: StackState, event: StackEventState): Sdk.StackEvent {
  const known = described.get(event)
  if (known) return known
  const description = Object.freeze({
    StackId: stack.id,
    StackName: stack.name,
    EventId: event.id,
    LogicalResourceId: event.logicalId,
    PhysicalResourceId: event.physicalId,
    ResourceType: event.type,
    ResourceStatus: event.status,
    Timestamp: event.at,
    ...(event.reason !== undefined && { ResourceStatusReason: event.reason }),
    ...(event.resourceProperties !== undefined && { ResourceProperties: event.resourceProperties }),
    ...(event.token !== undefined && { ClientRequestToken: event.token }),
  })
  described.set(event, description)
  return description
}
const described = new WeakMap<StackEventState, Sdk.StackEvent>()

/** Resources that exist or did: one that was never begun is not listed. */
const visible = ({ resources }: StackState): StackResource[] => Object.values(resources)

const resourceDescription = (resource: StackResource) => ({
  LogicalResourceId: resource.logicalId,
  PhysicalResourceId: resource.physicalId ?? '',
  ResourceType: resource.type,
  ResourceStatus: resource.status,
  DriftInformation: { StackResourceDriftStatus: 'NOT_CHECKED' as const },
  ...(resource.reason !== undefined && { ResourceStatusReason: resource.reason }),
})

function stackDescription(stack: StackState): Sdk.Stack {
  const { definition } = stack
  // A stack that waits for its first review has no template yet.
  const template: Partial<Template> = definition.templateBody === '' ? {} : parseTemplate(definition.templateBody)
  return {
    StackId: stack.id,
    StackName: stack.name,
    CreationTime: stack.createdAt,
    StackStatus: stack.status,
    DisableRollback: stack.disableRollback,
    EnableTerminationProtection: stack.terminationProtection,
    NotificationARNs: [...stack.notificationArns],
    Capabilities: [...stack.capabilities],
    Tags: [...definition.tags],
    RollbackConfiguration: {},
    DriftInformation: { StackDriftStatus: 'NOT_CHECKED' },
    Parameters: parameterValues(template, definition),
    Outputs: stack.outputs.map(({ name, value, description, exportName }) => ({
      OutputKey: name,
      OutputValue: value,
      ...(description !== undefined && { Description: description }),
      ...(exportName !== undefined && { ExportName: exportName }),
    })),
    ...(template.Description !== undefined && { Description: template.Description }),
    ...(stack.updatedAt && { LastUpdatedTime: stack.updatedAt }),
    ...(stack.deletedAt && { DeletionTime: stack.deletedAt }),
    ...(stack.statusReason !== undefined && { StackStatusReason: stack.statusReason }),
    ...(stack.timeoutMinutes !== undefined && { TimeoutInMinutes: stack.timeoutMinutes }),
    ...(stack.roleArn !== undefined && { RoleARN: stack.roleArn }),
  }
}

/** Values as they may be seen. */
export const parameterValues = (template: Partial<Template>, { parameters }: StackDefinition): Sdk.Parameter[] =>
  Object.entries(parameters).map(([ParameterKey, { value, resolved }]) => ({
    ParameterKey,
    ParameterValue: String(template.Parameters?.[ParameterKey]?.NoEcho) === 'true' ? HIDDEN : value,
    ...(resolved !== undefined && { ResolvedValue: resolved }),
  }))

const parameterDeclarations = (template: Template) =>
  Object.entries(template.Parameters).map(([ParameterKey, declaration]) => ({
    ParameterKey,
    ParameterType: declaration.Type,
    NoEcho: String(declaration.NoEcho) === 'true',
    ParameterConstraints: declaration.AllowedValues ? { AllowedValues: declaration.AllowedValues.map(String) } : {},
    ...(declaration.Default !== undefined && { DefaultValue: String(declaration.Default) }),
    ...(declaration.Description !== undefined && { Description: declaration.Description }),
  }))
