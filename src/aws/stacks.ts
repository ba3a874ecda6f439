import type { CloudFormationClient, Stack as SdkStack, StackEvent } from '@aws-sdk/client-cloudformation'
import type { Poll, ResourceEvent, StackInfo, StackOperation, Stacks } from '../context.ts'
import type { Stack } from '../plan/stacks/stack.ts'
import { allPages, type Connection, lazyClient } from './clients.ts'

/** Every stack of ours has IAM roles, none with a name. */
const CAPABILITIES = ['CAPABILITY_IAM'] as const
const TIMEOUT_MINUTES = 180

export function stacks(connection: Connection, poll: Poll): Stacks {
  const client = lazyClient(
    connection,
    async () => (await import('@aws-sdk/client-cloudformation')).CloudFormationClient,
  )

  /** Unique for each operation, so that its events are told from those of others. */
  const newToken = () => `img2vid-${connection.chance.uuid()}`

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

    async begin(stack, existing) {
      const { CreateStackCommand, UpdateStackCommand } = await import('@aws-sdk/client-cloudformation')
      const token = newToken()
      const request = stackRequest(stack, token)
      if (!existing) {
        const { StackId = '' } = await (await client()).send(
          new CreateStackCommand({ ...request, TimeoutInMinutes: TIMEOUT_MINUTES }),
        )
        return { id: StackId, token }
      }
      try {
        const { StackId = '' } = await (await client()).send(new UpdateStackCommand(request))
        return { id: StackId, token }
      } catch (error) {
        if (/No updates are to be performed/.test((error as Error).message)) return undefined
        throw error
      }
    },

    async remove({ id }) {
      const { DeleteStackCommand } = await import('@aws-sdk/client-cloudformation')
      const token = newToken()
      await (await client()).send(new DeleteStackCommand({ StackName: id, ClientRequestToken: token }))
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

    async follow(operation, tell) {
      const seen = new Set<string>()
      const failures: ResourceEvent[] = []
      const moving = new Set<string>()
      let ended = false
      const ask = async () => {
        for (const event of (await newEvents(await client(), operation, seen)).reverse()) {
          if (isTheStack(event)) {
            ended = isTerminal(event.ResourceStatus ?? '')
            continue
          }
          const told = resourceEvent(event)
          if (/_IN_PROGRESS$/.test(told.status)) moving.add(told.resource)
          else moving.delete(told.resource)
          if (/_FAILED$/.test(told.status) && !/cancelled$/.test(told.reason ?? '')) failures.push(told)
          tell(told)
        }
        const stack = ended ? await find(operation.id) : undefined
        return stack && isTerminal(stack.status) ? { stack, failures } : undefined
      }
      return poll(ask, () => seen.size > 1 && moving.size === 0)
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

const isAbsent = (error: unknown): boolean => /does not exist/.test((error as Error).message)
const isTheStack = ({ PhysicalResourceId, StackId }: StackEvent): boolean => PhysicalResourceId === StackId
const isTerminal = (status: string): boolean => !/_IN_PROGRESS$/.test(status)

const stackRequest = ({ name, body, parameters, tags }: Stack, token: string) => ({
  StackName: name,
  TemplateBody: body,
  Capabilities: [...CAPABILITIES],
  ClientRequestToken: token,
  Parameters: Object.entries(parameters).map(([ParameterKey, ParameterValue]) => ({ ParameterKey, ParameterValue })),
  Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
})

/**
 * Events since the operation began that are not known yet, newest first; pages on only as far as needed. Events of
 * another operation that took over, such as a delete, come in front of the operation's own.
 */
async function newEvents(
  client: CloudFormationClient,
  operation: StackOperation,
  seen: Set<string>,
): Promise<StackEvent[]> {
  const { DescribeStackEventsCommand } = await import('@aws-sdk/client-cloudformation')
  const fresh: StackEvent[] = []
  let begun = seen.size > 0
  const finish = () => {
    if (!begun) return []
    for (const { EventId = '' } of fresh) seen.add(EventId)
    return fresh
  }
  let token: string | undefined
  do {
    const { StackEvents = [], NextToken } = await client.send(
      new DescribeStackEventsCommand({ StackName: operation.id, NextToken: token }),
    )
    token = NextToken
    for (const event of StackEvents) {
      const own = event.ClientRequestToken === operation.token
      if (seen.has(event.EventId ?? '')) return finish()
      if (!own && seen.size === 0 && begun) return finish()
      begun ||= own
      fresh.push(event)
    }
  } while (token)
  return finish()
}

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
    changedAt: stack.LastUpdatedTime ?? stack.CreationTime ?? new Date(0),
  }
}

const resourceEvent = (event: StackEvent): ResourceEvent => ({
  resource: event.LogicalResourceId ?? '',
  type: event.ResourceType ?? '',
  physicalId: event.PhysicalResourceId || undefined,
  status: event.ResourceStatus ?? '',
  reason: event.ResourceStatusReason,
  at: event.Timestamp ?? new Date(0),
})
