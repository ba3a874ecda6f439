import * as z from 'zod'

/** One wildcard, `*`, stands for any text. */
const pattern = z.string().min(1).optional()
const seconds = z.number().positive().max(604_800)
/** A week is longer than any operation of AWS. */
const delay = z.number().min(0).max(604_800).default(0)

const limits = {
  /** How often it strikes before it is used up; left out, always. */
  times: z.int().positive().optional(),
  /** How likely it strikes when it could; left out, certainly. */
  probability: z.number().gt(0).max(1).optional(),
}
const when = z.enum(['before', 'after']).default('before')
const call = { service: pattern, operation: pattern }
const resource = {
  stack: pattern,
  resource: pattern,
  type: pattern,
  /** `rollback` is whatever a handler does while its stack rolls back. */
  action: z.enum(['create', 'update', 'delete', 'rollback']).optional(),
}
const instance = { instanceType: pattern, zone: pattern, spot: z.boolean().optional() }
const container = { family: pattern, container: pattern, image: pattern }

/** Of Service Quotas. */
const quotaCode = z.string().regex(/^L-[0-9A-F]{8}$/, 'expected the code of a quota, such as L-DB2E81BA')

/** The codes with which a resource handler may end (CloudFormation CLI user guide, "Handler error codes"). */
export const HANDLER_CODES = [
  'NotUpdatable',
  'InvalidRequest',
  'AccessDenied',
  'InvalidCredentials',
  'AlreadyExists',
  'NotFound',
  'ResourceConflict',
  'Throttling',
  'ServiceLimitExceeded',
  'NotStabilized',
  'GeneralServiceException',
  'ServiceInternalError',
  'NetworkFailure',
  'InternalFailure',
] as const

/** What can be ordered, by kind: what it matches and what it does. */
export const faultKinds = {
  // Calls
  throttle: z.strictObject({ ...limits, ...call }),
  rates: z.strictObject({ ...call, scale: z.number().positive().default(1) }),
  error: z.strictObject({
    ...limits,
    ...call,
    code: z.string().min(1).default('InternalFailure'),
    status: z.int().min(400).max(599).default(500),
    message: z.string().optional(),
  }),
  expired: z.strictObject({ ...limits, ...call }),
  denied: z.strictObject({ ...limits, ...call }),
  disconnect: z.strictObject({ ...limits, ...call, when }),
  slow: z.strictObject({ ...limits, ...call, seconds }),
  stale: z.strictObject({ ...limits, ...call, seconds }),
  disorder: z.strictObject({ ...limits, stack: pattern }),
  // Resources and stacks
  fail: z.strictObject({
    ...limits,
    ...resource,
    message: z.string().min(1).optional(),
    code: z.enum(HANDLER_CODES).optional(),
    /** `after` leaves what was done: the resource is made, changed or gone, and never settles. */
    when,
  }),
  delay: z.strictObject({ ...limits, ...resource, seconds }),
  stuck: z.strictObject({ ...limits, stack: pattern, status: pattern, seconds }),
  // Capacity
  'no-capacity': z.strictObject({ ...limits, ...instance }),
  quota: z.strictObject({ ...instance, code: quotaCode.optional(), limit: z.int().min(0) }),
  interrupt: z.strictObject({
    ...limits,
    /** With one of these it is a Spot instance, with a family a task of Fargate Spot. */
    instanceType: pattern,
    instance: pattern,
    family: pattern,
    zone: pattern,
    seconds: delay,
  }),
  // Tasks
  pull: z.strictObject({ ...limits, image: pattern, message: z.string().min(1).optional() }),
  'out-of-memory': z.strictObject({ ...limits, ...container, seconds: delay }),
  exit: z.strictObject({ ...limits, ...container, code: z.int().min(0).max(255).default(1), seconds: delay }),
  'unhealthy-container': z.strictObject({ ...limits, ...container }),
  'unhealthy-target': z.strictObject({
    ...limits,
    targetGroup: pattern,
    reason: z
      .enum(['Target.ResponseCodeMismatch', 'Target.Timeout', 'Target.FailedHealthChecks'])
      .default('Target.ResponseCodeMismatch'),
    status: z.int().min(100).max(599).default(503),
  }),
  alarm: z.strictObject({ ...limits, alarm: pattern }),
} as const

export type FaultKind = keyof typeof faultKinds

/** A fault as it was ordered, defaults filled in, with an id. Plain data: it is saved with the state. */
export type FaultOf<Kind extends FaultKind> = z.infer<(typeof faultKinds)[Kind]> & {
  readonly kind: Kind
  readonly id: string
  /** How often it struck. */
  struck: number
}
export type Fault = { [Kind in FaultKind]: FaultOf<Kind> }[FaultKind]

/** What somebody asks for, by kind; fields that have a default may be left out. */
export type Order = { [Kind in FaultKind]: { readonly kind: Kind } & z.input<(typeof faultKinds)[Kind]> }[FaultKind]

export interface OrderProblem {
  /** The field that is wrong. */
  readonly path: string
  readonly message: string
}

const isKind = (kind: unknown): kind is FaultKind => typeof kind === 'string' && Object.hasOwn(faultKinds, kind)

/** Reads an order from outside: the fault's kind and fields, or everything that is wrong with it. */
export function readOrder(
  order: unknown,
): { readonly fields: object & { readonly kind: FaultKind } } | { readonly problems: readonly OrderProblem[] } {
  if (typeof order !== 'object' || order === null) return { problems: [{ path: '', message: 'expected an object' }] }
  const { kind, ...fields } = order as Record<string, unknown>
  if (!isKind(kind)) {
    const message = `expected one of ${Object.keys(faultKinds).join(', ')}`
    return { problems: [{ path: 'kind', message }] }
  }
  const read = faultKinds[kind].safeParse(fields)
  if (read.success) return { fields: { kind, ...read.data } }
  return {
    problems: read.error.issues.flatMap((issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys.map((path) => ({ path, message: `${kind} has no such field` }))
        : [{ path: issue.path.join('.'), message: issue.message }],
    ),
  }
}
