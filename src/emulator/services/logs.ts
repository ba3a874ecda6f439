import type * as Sdk from '@aws-sdk/client-cloudwatch-logs'
import { AwsError } from '../errors.ts'
import { page } from '../page.ts'
import type { Handlers } from '../wire/handlers.ts'
import { arn, type Call, type World } from '../world.ts'

export interface LogEvent {
  readonly timestamp: number
  readonly ingestionTime: number
  readonly message: string
}

interface LogStream {
  readonly name: string
  readonly creationTime: number
  readonly events: LogEvent[]
  /** How many there were before these. */
  dropped?: number
}

interface LogGroup {
  readonly name: string
  readonly creationTime: number
  retentionInDays?: number
  kmsKeyId?: string
  readonly tags: Record<string, string>
  readonly streams: Record<string, LogStream>
}

export interface LogsState {
  readonly groups: Record<string, LogGroup>
}

export const emptyLogs = (): LogsState => ({ groups: {} })

/** Older lines of a stream are dropped: the state is kept in memory and on disk. */
const MAXIMUM_EVENTS = 10_000
const RETENTION_DAYS = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

function checkGroupName(name: string): void {
  if (!/^[.\-_/#A-Za-z0-9]{1,512}$/.test(name)) {
    throw new AwsError(
      'InvalidParameterException',
      `1 validation error detected: Value '${name}' at 'logGroupName' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+`,
    )
  }
  if (/^aws\//i.test(name))
    throw new AwsError('InvalidParameterException', 'Log groups starting with AWS/ are reserved for AWS.')
}

export const logs = (world: World) => {
  const groups = (call: Call) => world.region(call.region).logs.groups
  const nowMs = () => world.clock.now().getTime()

  /** By name, or by ARN with or without its trailing `:*`. */
  const find = (call: Call, name: string | undefined, identifier?: string): LogGroup => {
    const key = name ?? identifier?.replace(/^arn:.*:log-group:/, '').replace(/:\*$/, '') ?? ''
    const group = groups(call)[key]
    if (!group) throw new AwsError('ResourceNotFoundException', 'The specified log group does not exist.')
    return group
  }
  const findStream = (group: LogGroup, name = ''): LogStream => {
    const stream = group.streams[name]
    if (!stream) throw new AwsError('ResourceNotFoundException', 'The specified log stream does not exist.')
    return stream
  }
  const groupArn = (call: Call, group: LogGroup) => arn(world, 'logs', call.region, `log-group:${group.name}`)
  const retention = (days: number | undefined) => {
    if (days !== undefined && RETENTION_DAYS.includes(days)) return days
    throw new AwsError(
      'InvalidParameterException',
      `1 validation error detected: Value '${days}' at 'retentionInDays' failed to satisfy constraint: Member must satisfy enum value set: [${RETENTION_DAYS.join(', ')}]`,
    )
  }

  return {
    CreateLogGroup: ({ logGroupName = '', tags, kmsKeyId }, call) => {
      checkGroupName(logGroupName)
      if (groups(call)[logGroupName]) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log group already exists')
      }
      groups(call)[logGroupName] = {
        ...{ name: logGroupName, creationTime: nowMs(), tags: { ...tags }, streams: {} },
        ...(kmsKeyId !== undefined && { kmsKeyId }),
      }
      return {}
    },

    DeleteLogGroup: ({ logGroupName }, call) => {
      delete groups(call)[find(call, logGroupName).name]
      return {}
    },

    DescribeLogGroups: ({ logGroupNamePrefix = '', logGroupNamePattern = '', limit = 50, nextToken }, call) => {
      const matching = Object.values(groups(call))
        .filter(({ name }) => name.startsWith(logGroupNamePrefix) && name.includes(logGroupNamePattern))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
      const { items, next } = page(matching, limit, nextToken)
      return {
        logGroups: items.map((group) => ({
          logGroupName: group.name,
          logGroupArn: groupArn(call, group),
          arn: `${groupArn(call, group)}:*`,
          creationTime: group.creationTime,
          metricFilterCount: 0,
          storedBytes: 0,
          logGroupClass: 'STANDARD' as const,
          ...(group.retentionInDays !== undefined && { retentionInDays: group.retentionInDays }),
          ...(group.kmsKeyId !== undefined && { kmsKeyId: group.kmsKeyId }),
        })),
        ...(next && { nextToken: next }),
      }
    },

    PutRetentionPolicy: ({ logGroupName, retentionInDays }, call) => {
      find(call, logGroupName).retentionInDays = retention(retentionInDays)
      return {}
    },

    DeleteRetentionPolicy: ({ logGroupName }, call) => {
      delete find(call, logGroupName).retentionInDays
      return {}
    },

    AssociateKmsKey: ({ logGroupName, resourceIdentifier, kmsKeyId = '' }, call) => {
      find(call, logGroupName, resourceIdentifier).kmsKeyId = kmsKeyId
      return {}
    },

    DisassociateKmsKey: ({ logGroupName, resourceIdentifier }, call) => {
      delete find(call, logGroupName, resourceIdentifier).kmsKeyId
      return {}
    },

    CreateLogStream: ({ logGroupName, logStreamName = '' }, call) => {
      const { streams } = find(call, logGroupName)
      if (streams[logStreamName]) {
        throw new AwsError('ResourceAlreadyExistsException', 'The specified log stream already exists')
      }
      streams[logStreamName] = { name: logStreamName, creationTime: nowMs(), events: [] }
      return {}
    },

    DeleteLogStream: ({ logGroupName, logStreamName }, call) => {
      const group = find(call, logGroupName)
      delete group.streams[findStream(group, logStreamName).name]
      return {}
    },

    DescribeLogStreams: (input, call) => {
      const group = find(call, input.logGroupName, input.logGroupIdentifier)
      const prefix = input.logStreamNamePrefix ?? ''
      const matching = Object.values(group.streams).filter(({ name }) => name.startsWith(prefix))
      const last = (stream: LogStream) => stream.events.at(-1)?.timestamp ?? 0
      matching.sort((a, b) => (input.orderBy === 'LastEventTime' ? last(a) - last(b) : a.name < b.name ? -1 : 1))
      if (input.descending) matching.reverse()
      const { items, next } = page(matching, input.limit ?? 50, input.nextToken)
      return {
        logStreams: items.map((stream) => ({
          logStreamName: stream.name,
          arn: `${groupArn(call, group)}:log-stream:${stream.name}`,
          creationTime: stream.creationTime,
          storedBytes: 0,
          ...(stream.events[0] && {
            firstEventTimestamp: stream.events[0].timestamp,
            lastEventTimestamp: last(stream),
            lastIngestionTime: stream.events.at(-1)?.ingestionTime,
          }),
        })),
        ...(next && { nextToken: next }),
      }
    },

    PutLogEvents: ({ logGroupName, logStreamName, logEvents = [] }, call) => {
      const stream = findStream(find(call, logGroupName), logStreamName)
      const { events, dropped = 0 } = stream
      const ingestionTime = nowMs()
      for (const { timestamp = ingestionTime, message = '' } of logEvents) {
        events.push({ timestamp, message, ingestionTime })
      }
      stream.dropped = dropped + events.splice(0, Math.max(0, events.length - MAXIMUM_EVENTS)).length
      return { nextSequenceToken: world.random.hex(56) }
    },

    GetLogEvents: (input, call) => {
      const stream = findStream(find(call, input.logGroupName, input.logGroupIdentifier), input.logStreamName)
      const { startTime = 0, endTime = Number.MAX_SAFE_INTEGER, limit = 10_000 } = input
      // A token is a direction and the number of the line at which the next page begins or before which it ends.
      const [, direction, number] = /^([fb])\/(\d+)$/.exec(input.nextToken ?? '') ?? []
      const forward = direction ? direction === 'f' : input.startFromHead === true
      const end = (stream.dropped ?? 0) + stream.events.length
      const edge = number === undefined ? (forward ? 0 : end) : Number(number)
      const within = linesOf(
        stream,
        ({ timestamp }, number) =>
          timestamp >= startTime && timestamp < endTime && (forward ? number >= edge : number < edge),
      )
      const lines = forward ? within.slice(0, limit) : within.slice(-limit)
      const [first = edge, last = edge - 1] = [lines[0]?.number, lines.at(-1)?.number]
      return {
        events: lines.map(({ event }) => event),
        nextForwardToken: `f/${last + 1}`,
        nextBackwardToken: `b/${first}`,
      }
    },

    FilterLogEvents: (input, call) => {
      const group = find(call, input.logGroupName, input.logGroupIdentifier)
      const { startTime = 0, endTime = Number.MAX_SAFE_INTEGER, filterPattern = '' } = input
      const wanted = (stream: LogStream) =>
        input.logStreamNames
          ? input.logStreamNames.includes(stream.name)
          : stream.name.startsWith(input.logStreamNamePrefix ?? '')
      const given = placeOf(input.nextToken)
      const matching = Object.values(group.streams)
        .filter(wanted)
        .flatMap((stream) =>
          linesOf(
            stream,
            (event, number) =>
              event.timestamp >= startTime &&
              event.timestamp < endTime &&
              (given === undefined || inOrder({ stream, event, number }, given) > 0) &&
              matches(event.message, filterPattern),
          ),
        )
        .sort(inOrder)
      const lines = matching.slice(0, input.limit ?? 10_000)
      const last = matching.length > lines.length ? lines.at(-1) : undefined
      return {
        events: lines.map(({ stream, event, number }) => ({
          ...event,
          logStreamName: stream.name,
          eventId: `${stream.creationTime}${stream.name}${number}`,
        })),
        searchedLogStreams: [],
        ...(last && { nextToken: `${last.event.timestamp}/${last.number}/${last.stream.name}` }),
      }
    },

    TagResource: ({ resourceArn, tags }, call) => {
      Object.assign(find(call, undefined, resourceArn).tags, tags)
      return {}
    },

    UntagResource: ({ resourceArn, tagKeys = [] }, call) => {
      const { tags } = find(call, undefined, resourceArn)
      for (const key of tagKeys) delete tags[key]
      return {}
    },

    ListTagsForResource: ({ resourceArn }, call) => ({ tags: { ...find(call, undefined, resourceArn).tags } }),
  } satisfies Handlers<typeof Sdk>
}

interface Line {
  readonly stream: Pick<LogStream, 'name'>
  readonly event: Pick<LogEvent, 'timestamp'>
  /** Of all that the stream ever had. */
  readonly number: number
}

function linesOf(stream: LogStream, wanted: (event: LogEvent, number: number) => boolean) {
  const first = stream.dropped ?? 0
  return stream.events.flatMap((event, index) =>
    wanted(event, first + index) ? { stream, event, number: first + index } : [],
  )
}

const inOrder = (one: Line, other: Line): number =>
  one.event.timestamp - other.event.timestamp ||
  (one.stream.name === other.stream.name ? one.number - other.number : one.stream.name < other.stream.name ? -1 : 1)

/** The line that a token names, the last that was given: before it, lines come and go. */
function placeOf(token: string | undefined): Line | undefined {
  if (!token) return undefined
  const [, timestamp, number, name = ''] = /^(\d+)\/(\d+)\/(.*)$/.exec(token) ?? []
  if (timestamp === undefined) throw new AwsError('InvalidParameterException', 'The specified nextToken is invalid.')
  return { stream: { name }, event: { timestamp: Number(timestamp) }, number: Number(number) }
}

/** The plain part of the filter language: every term must occur, a term after `-` must not, quotes keep spaces. */
function matches(message: string, pattern: string): boolean {
  const terms = pattern.match(/-?"[^"]*"|\S+/g) ?? []
  return terms.every((term) => {
    const excluded = term.startsWith('-')
    const text = term.slice(excluded ? 1 : 0).replace(/^"|"$/g, '')
    return message.includes(text) !== excluded
  })
}
