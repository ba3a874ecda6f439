import type { CloudFormationClient, StackEvent } from '@aws-sdk/client-cloudformation'
import type { LastOperation, ResourceEvent, StackOperation } from '../context.ts'

/** The events of a stack, newest first, a page at a time. */
export type EventPages = (stack: string) => AsyncGenerator<readonly StackEvent[]>

export async function eventPages(client: CloudFormationClient): Promise<EventPages> {
  const { DescribeStackEventsCommand } = await import('@aws-sdk/client-cloudformation')
  return async function* (StackName) {
    let token: string | undefined
    do {
      const page = await client.send(new DescribeStackEventsCommand({ StackName, NextToken: token }))
      yield page.StackEvents ?? []
      token = page.NextToken
    } while (token)
  }
}

/**
 * Events since the operation began that are not known yet, oldest first; pages on only as far as needed. Events of
 * another operation that took over, such as a delete, come after the operation's own. AWS may bring events twice, and
 * not quite in their order.
 */
export async function newEvents(
  pages: EventPages,
  operation: StackOperation,
  seen: Map<string, Date>,
): Promise<StackEvent[]> {
  const fresh = new Map<string, StackEvent>()
  let known = false
  for await (const page of pages(operation.id)) {
    for (const event of page) {
      const { EventId = '' } = event
      if (seen.has(EventId)) known = true
      else fresh.set(EventId, event)
    }
    // Older ones are known, or belong to what was before.
    const begin = beginOf(fresh.values(), operation)
    const isBefore = (event: StackEvent) =>
      event.ClientRequestToken !== operation.token && timeOf(event).getTime() < begin
    if (known || page.some(isBefore)) break
  }
  if (fresh.size === 0) return []
  const own = [...fresh.values()].filter(({ ClientRequestToken }) => ClientRequestToken === operation.token)
  const first = Math.min(...[...seen.values(), ...own.map(timeOf)].map((date) => date.getTime()))
  const told = [...fresh.values()].filter((event) => timeOf(event).getTime() >= first)
  for (const event of told) seen.set(event.EventId ?? '', timeOf(event))
  return told.sort((one, other) => timeOf(one).getTime() - timeOf(other).getTime() || rankOf(one) - rankOf(other))
}

const timeOf = ({ Timestamp }: StackEvent): Date => Timestamp ?? new Date(0)

/** Of the same moment, what begins comes before what has ended. */
const rankOf = ({ ResourceStatus }: StackEvent): number => (ResourceStatus?.endsWith('_IN_PROGRESS') ? 0 : 1)

/** When the operation began, as far as the events tell. */
const beginOf = (events: Iterable<StackEvent>, { token }: StackOperation): number => {
  let begin = Number.NEGATIVE_INFINITY
  for (const event of events)
    if (event.ClientRequestToken === token && isTheStack(event) && BEGINNING.test(event.ResourceStatus ?? ''))
      begin = Math.max(begin, timeOf(event).getTime())
  return begin
}

/** What was done last to a stack, or is being done. */
export async function lastOperation(pages: EventPages, stack: string): Promise<LastOperation | undefined> {
  const events: ResourceEvent[] = []
  for await (const page of pages(stack)) {
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
