import type { Logs } from '../context.ts'
import type { Clients } from './clients.ts'
import { isNotFound } from './errors.ts'

/** DescribeLogStreams gives no more at once. */
const STREAMS = 50

export function logs({ logs: client }: Clients): Logs {
  return {
    async page({ logGroup, streams, since, filter, next }) {
      const { FilterLogEventsCommand } = await import('@aws-sdk/client-cloudwatch-logs')
      const command = new FilterLogEventsCommand({
        logGroupName: logGroup,
        logStreamNamePrefix: streams,
        startTime: since.getTime(),
        filterPattern: filter,
        nextToken: next,
      })
      try {
        const { events = [], nextToken } = await (await client()).send(command)
        const lines = events.map(({ eventId = '', timestamp = 0, logStreamName = '', message = '' }) => ({
          id: eventId,
          at: new Date(timestamp),
          stream: logStreamName,
          text: message.replace(/\r?\n$/, ''),
        }))
        return { lines, next: nextToken }
      } catch (error) {
        if (isNotFound(error, 'ResourceNotFoundException')) return undefined
        throw error
      }
    },

    async newestStreams(logGroup) {
      const { DescribeLogStreamsCommand } = await import('@aws-sdk/client-cloudwatch-logs')
      const command = new DescribeLogStreamsCommand({
        logGroupName: logGroup,
        orderBy: 'LastEventTime',
        descending: true,
        limit: STREAMS,
      })
      try {
        const { logStreams = [] } = await (await client()).send(command)
        return logStreams.map(({ logStreamName = '' }) => logStreamName)
      } catch (error) {
        if (isNotFound(error, 'ResourceNotFoundException')) return []
        throw error
      }
    },
  }
}
