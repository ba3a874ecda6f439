/** The flags of `local fault add`, and the field of the order that each is. */
export const faultFields = {
  service: ['--service <pattern>', 'service of the calls, such as ecs; registry: docker push'],
  operation: ['--operation <pattern>', 'operation of the calls, such as UpdateService'],
  stack: ['--stack <pattern>', 'name of the stack'],
  resource: ['--resource <pattern>', 'logical id of the resource'],
  type: ['--type <pattern>', 'type of the resource, such as AWS::ECS::Service'],
  action: ['--action <action>', 'create, update, delete or rollback'],
  instanceType: ['--instance-type <pattern>', 'such as g6.xlarge'],
  zone: ['--zone <pattern>', 'Availability Zone'],
  instance: ['--instance <pattern>', 'id of the instance'],
  spot: ['--spot', 'only Spot instances'],
  family: ['--family <pattern>', 'family of the task definition'],
  container: ['--container <pattern>', 'name of the container'],
  image: ['--image <pattern>', 'image of the container'],
  targetGroup: ['--target-group <pattern>', 'name of the target group'],
  alarm: ['--alarm <pattern>', 'name of the alarm'],
  seconds: ['--seconds <seconds>', 'for how long, how late or how old'],
  when: ['--when <when>', 'before or after it took effect'],
  status: ['--status <status>', 'HTTP status; of a stuck stack: its status'],
  code: ['--code <code>', 'error code; exit code of a container; code of a quota'],
  message: ['--message <text>', 'the words of the failure'],
  reason: ['--reason <code>', 'reason code of the target, such as Target.Timeout'],
  limit: ['--limit <number>', 'vCPUs that the quota allows, or whatever the quota with the code counts'],
  scale: ['--scale <factor>', 'multiplies the documented rates'],
  times: ['--times <count>', 'how often it strikes before it is used up'],
  probability: ['--probability <fraction>', 'how likely it strikes, up to 1'],
} as const

export type FaultField = keyof typeof faultFields

/** What may be no number for one kind may be one for another: they are told by their text. */
export const numericFields: readonly FaultField[] = [
  'seconds',
  'status',
  'code',
  'limit',
  'scale',
  'times',
  'probability',
]

interface Kind {
  readonly does: string
  readonly fields: readonly FaultField[]
}

const limits = ['times', 'probability'] as const
const calls = ['service', 'operation', ...limits] as const
const resources = ['stack', 'resource', 'type', 'action', ...limits] as const
const containers = ['family', 'container', 'image', ...limits] as const

/** The faults that the embedded AWS takes orders for, in words. */
export const faultKinds: Readonly<Record<string, Kind>> = {
  throttle: { does: 'calls are refused as too many', fields: calls },
  rates: { does: 'calls are refused above the rates that AWS documents', fields: ['service', 'operation', 'scale'] },
  error: {
    does: 'calls fail, with 500 InternalFailure or what is said',
    fields: ['code', 'status', 'message', ...calls],
  },
  expired: { does: 'the credentials of calls have expired', fields: calls },
  denied: { does: 'the caller may not do it', fields: calls },
  disconnect: { does: 'the connection breaks, before or after the call took effect', fields: ['when', ...calls] },
  slow: { does: 'calls take longer', fields: ['seconds', ...calls] },
  stale: { does: 'reads answer what was true some seconds ago', fields: ['seconds', ...calls] },
  disorder: { does: 'stack events come twice and out of order', fields: ['stack', ...limits] },
  fail: {
    does: 'a resource of a stack fails, or when it is there fails to settle',
    fields: ['when', 'message', 'code', ...resources],
  },
  delay: { does: 'a resource of a stack takes longer', fields: ['seconds', ...resources] },
  stuck: {
    does: "a stack stays in an operation, somebody else's if none runs",
    fields: ['stack', 'status', 'seconds', ...limits],
  },
  'no-capacity': { does: 'there is no such instance', fields: ['instanceType', 'zone', 'spot', ...limits] },
  quota: { does: 'a quota is so small', fields: ['limit', 'code', 'instanceType', 'zone', 'spot'] },
  interrupt: {
    does: 'a Spot instance, or a task of Fargate Spot, is taken away',
    fields: ['instance', 'instanceType', 'family', 'zone', 'seconds', ...limits],
  },
  pull: { does: 'an image cannot be pulled', fields: ['image', 'message', ...limits] },
  'out-of-memory': { does: 'a container is killed for its memory', fields: ['seconds', ...containers] },
  exit: { does: 'a container exits', fields: ['code', 'seconds', ...containers] },
  'unhealthy-container': { does: 'a container fails its own health check', fields: containers },
  'unhealthy-target': {
    does: 'a target fails its health checks',
    fields: ['targetGroup', 'reason', 'status', ...limits],
  },
  alarm: { does: 'an alarm goes off during a deployment that listens to it', fields: ['alarm', ...limits] },
}

const flagOf = (field: FaultField): string => faultFields[field][0].replace(/ .*/, '')

/** For `--help`: a line for each kind, and the flags that it takes. */
export function faultHelp(): string {
  const width = Math.max(...Object.keys(faultKinds).map((kind) => kind.length))
  const lines = Object.entries(faultKinds).map(
    ([kind, { does, fields }]) =>
      `  ${kind.padEnd(width)}  ${does}\n  ${' '.repeat(width)}    ${fields
        .filter((field) => !(limits as readonly string[]).includes(field))
        .map(flagOf)
        .join(' ')}`,
  )
  return `Kinds (most take --times and --probability; * in a pattern is any text):\n${lines.join('\n')}\n`
}

/** How a field of the order is written on the command line. */
export const flagNamed = (path: string): string =>
  Object.hasOwn(faultFields, path) ? flagOf(path as FaultField) : path
