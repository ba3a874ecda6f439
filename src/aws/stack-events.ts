import type { CloudFormationClient, StackEvent } from '@aws-sdk/client-cloudformation'
import type { LastOperation, ResourceEvent, StackOperation } from '../context.ts'

/** Newest first, a page at a time. */
async function* pagesOf(client: CloudFormationClient, stack: string): AsyncGenerator<readonly StackEvent[]> {
  const { DescribeStackEventsCommand } = await import('@aws-sdk/client-cloudformation')
  let token: string | undefined
  do {
    const page = await client.send(new DescribeStackEventsCommand({ StackName: stack, NextToken: token }))
    yield page.StackEvents ?? []
    token = page.NextToken
  } while (token)
}

/**
 * Events since the operation began that are not known yet, oldest first; pages on only as far as needed. Events of
 * another operation that took over, such as a delete, come after the operation's own.
 */
export async function newEvents(
  client: CloudFormationClient,
  operation: StackOperation,
  seen: Set<string>,
): Promise<StackEvent[]> {
  const fresh: StackEvent[] = []
  let begun = seen.size > 0
  const finish = () => {
    if (!begun) return []
    for (const { EventId = '' } of fresh) seen.add(EventId)
    return fresh.reverse()
  }
  for await (const page of pagesOf(client, operation.id)) {
    for (const event of page) {
      const own = event.ClientRequestToken === operation.token
      if (seen.has(event.EventId ?? '')) return finish()
      if (!own && seen.size === 0 && begun) return finish()
      begun ||= own
      fresh.push(event)
    }
  }
  return finish()
}

/** What was done last to a stack, or is being done. */
export async function lastOperation(client: CloudFormationClient, stack: string): Promise<LastOperation | undefined> {
  const events: ResourceEvent[] = []
  for await (const page of pagesOf(client, stack)) {
    for (const event of page) {
      if (isTheStack(event) && BEGINNING.test(event.ResourceStatus ?? '')) {
        const since = event.Timestamp ?? new Date(0)
        return { token: event.ClientRequestToken, since, events: events.reverse() }
      }
      if (!isTheStack(event)) events.push(resourceEvent(event))
    }
  }
  return undefined
}

const BEGINNING = /^(CREATE|UPDATE|DELETE|IMPORT|REVIEW)_IN_PROGRESS$/

export const isTheStack = ({ PhysicalResourceId, StackId }: StackEvent): boolean => PhysicalResourceId === StackId

export const resourceEvent = (event: StackEvent): ResourceEvent => ({
  resource: event.LogicalResourceId ?? '',
  type: event.ResourceType ?? '',
  physicalId: event.PhysicalResourceId || undefined,
  status: event.ResourceStatus ?? '',
  reason: event.ResourceStatusReason,
  at: event.Timestamp ?? new Date(0),
})
