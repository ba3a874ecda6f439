import type { Stack as SdkStack } from '@aws-sdk/client-cloudformation'
import type { Poll, ResourceEvent, StackInfo, Stacks } from '../context.ts'
import { UserError } from '../errors.ts'
import type { Stack } from '../plan/stacks/stack.ts'
import type { Clients } from './clients.ts'
import { allPages } from './pages.ts'
import { eventPages, isTheStack, lastOperation, newEvents, resourceEvent } from './stack-events.ts'

/** Every stack of ours has IAM roles, none with a name. */
const CAPABILITIES = ['CAPABILITY_IAM'] as const
const TIMEOUT_MINUTES = 180
const EXPRESS = { DeploymentConfig: { Mode: 'EXPRESS', DisableRollback: false } } as const

export function stacks({ cloudformation: client }: Clients, poll: Poll): Stacks {
  async function find(nameOrId: string): Promise<StackInfo | undefined> {
    const { DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
    try {
      const { Stacks: [stack] = [] } = await (await client()).send(new DescribeStacksCommand({ StackName: nameOrId }))
      return stack && stackInfo(stack)
    } catch (error) {
      if (isAbsent(error)) return undefined
      throw error
    }
  }

  return {
    find,

    async tagged(prefix, tags) {
      const { ListStacksCommand, StackStatus } = await import('@aws-sdk/client-cloudformation')
      const StackStatusFilter = Object.values(StackStatus).filter((status) => status !== 'DELETE_COMPLETE')
      const names = await allPages(async (NextToken) => {
        const { StackSummaries = [], NextToken: next } = await (await client()).send(
          new ListStacksCommand({ StackStatusFilter, NextToken }),
        )
        return {
          items: StackSummaries.flatMap(({ StackName = '' }) => (StackName.startsWith(prefix) ? StackName : [])),
          next,
        }
      })
      const found = await Promise.all(names.map(find))
      return found.flatMap((stack) =>
        stack && Object.entries(tags).every(([key, value]) => stack.tags[key] === value) ? stack : [],
      )
    },

    async begin(stack, existing, token, express = false) {
      const { CreateStackCommand, UpdateStackCommand } = await import('@aws-sdk/client-cloudformation')
      const request = { ...stackRequest(stack, token), ...(express && EXPRESS) }
      try {
        const { StackId = '' } = existing
          ? await (await client()).send(new UpdateStackCommand(request))
          : await (await client()).send(new CreateStackCommand({ ...request, TimeoutInMinutes: TIMEOUT_MINUTES }))
        return { id: StackId, token }
      } catch (error) {
        const { name, message } = error as Error
        if (/No updates are to be performed/.test(message)) return 'unchanged'
        const changed = existing ? isAbsent(error) || / is in \w+ state and can ?not be updated/.test(message) : false
        if (changed || name.startsWith('AlreadyExists')) return 'taken'
        throw error
      }
    },

    async remove({ id }, token) {
      const { DeleteStackCommand } = await import('@aws-sdk/client-cloudformation')
      const request = new DeleteStackCommand({ StackName: id, ClientRequestToken: token })
      await unlessBusy((await client()).send(request))
      return { id, token }
    },

    async cancelUpdate({ id }) {
      const { CancelUpdateStackCommand } = await import('@aws-sdk/client-cloudformation')
      try {
        await (await client()).send(new CancelUpdateStackCommand({ StackName: id }))
      } catch (error) {
        // It has ended or goes back already.
        if (!/cannot be called from current stack status/.test((error as Error).message)) throw error
      }
    },

    async template({ id }) {
      const { GetTemplateCommand } = await import('@aws-sdk/client-cloudformation')
      const { TemplateBody = '' } = await (await client()).send(
        new GetTemplateCommand({ StackName: id, TemplateStage: 'Original' }),
      )
      return TemplateBody
    },

    async continueRollback({ id }, skipped, token) {
      const { ContinueUpdateRollbackCommand } = await import('@aws-sdk/client-cloudformation')
      const request = { StackName: id, ResourcesToSkip: [...skipped], ClientRequestToken: token }
      await unlessBusy((await client()).send(new ContinueUpdateRollbackCommand(request)))
      return { id, token }
    },

    lastOperation: async ({ id }) => lastOperation(await eventPages(await client()), id),

    async follow(operation, tell, expected) {
      const pages = await eventPages(await client())
      const seen = new Map<string, Date>()
      const failures: ResourceEvent[] = []
      const kept = new Map<string, ResourceEvent>()
      const moving = new Set<string>()
      let end: string | undefined
      let why: string | undefined
      let begun = false
      const ask = async () => {
        // Nothing has happened yet.
        if (!begun) {
          begun = true
          return undefined
        }
        for (const event of await newEvents(pages, operation, seen)) {
          if (isTheStack(event)) {
            const status = event.ResourceStatus ?? ''
            if (isTerminal(status)) end ??= status
            // Why it goes back is said only as it begins to.
            if (!end && /ROLLBACK/.test(status)) why ??= event.ResourceStatusReason
            continue
          }
          const told = resourceEvent(event)
          if (/_IN_PROGRESS$/.test(told.status)) moving.add(told.resource)
          else moving.delete(told.resource)
          if (/_FAILED$/.test(told.status) && !/cancelled$/.test(told.reason ?? '')) failures.push(told)
          if (told.status === 'DELETE_SKIPPED') kept.set(`${told.resource} ${told.physicalId}`, told)
          tell(told)
        }
        const stack = end && (await find(operation.id))
        // Another operation may have followed already.
        if (!end || !stack) return undefined
        return { stack: { ...stack, status: end, reason: stack.reason ?? why }, failures, kept: [...kept.values()] }
      }
      return poll(ask, () => seen.size > 1 && moving.size === 0, expected)
    },

    async importers(exportName) {
      const { ListImportsCommand } = await import('@aws-sdk/client-cloudformation')
      try {
        return await allPages(async (NextToken) => {
          const { Imports = [], NextToken: next } = await (await client()).send(
            new ListImportsCommand({ ExportName: exportName, NextToken }),
          )
          return { items: Imports, next }
        })
      } catch (error) {
        if (/is not imported by any stack/.test((error as Error).message)) return []
        throw error
      }
    },
  }
}

/** Somebody else has begun something with the stack. */
async function unlessBusy(sent: Promise<unknown>): Promise<void> {
  try {
    await sent
  } catch (error) {
    const { message } = error as Error
    if (!/cannot be deleted while in status|_IN_PROGRESS state and can ?not be rolled back/.test(message)) throw error
    throw new UserError('busy', message, { hint: 'img2vid watch follows what goes on to its end', cause: error })
  }
}

const isAbsent = (error: unknown): boolean => /does not exist/.test((error as Error).message)
const isTerminal = (status: string): boolean => !/_IN_PROGRESS$/.test(status)

const stackRequest = ({ name, body, url, parameters, tags }: Stack, token: string) => ({
  StackName: name,
  ...(url === undefined ? { TemplateBody: body } : { TemplateURL: url }),
  Capabilities: [...CAPABILITIES],
  ClientRequestToken: token,
  Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
})

function stackInfo(stack: SdkStack): StackInfo {
  const pairs = <Item>(items: readonly Item[] | undefined, key: keyof Item, value: keyof Item) =>
    Object.fromEntries((items ?? []).map((item) => [String(item[key]), String(item[value] ?? '')]))
  return {
    id: stack.StackId ?? '',
    name: stack.StackName ?? '',
    status: stack.StackStatus ?? '',
    reason: stack.StackStatusReason,
    outputs: pairs(stack.Outputs, 'OutputKey', 'OutputValue'),
    parameters: pairs(stack.Parameters, 'ParameterKey', 'ParameterValue'),
    tags: pairs(stack.Tags, 'Key', 'Value'),
    changedAt: stack.LastUpdatedTime ?? stack.CreationTime ?? new Date(0),
  }
}
