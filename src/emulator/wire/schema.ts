import { NormalizedSchema } from '@smithy/core/schema'

/** The traits that the wire formats read, as the SDK's schemas carry them. */
interface Traits {
  readonly xmlName?: string
  readonly ec2QueryName?: string
  readonly xmlFlattened?: unknown
  readonly awsQueryError?: readonly [code: string, status: number]
  readonly xmlAttribute?: unknown
  readonly httpHeader?: string
  readonly httpPrefixHeaders?: string
  readonly httpQuery?: string
  readonly httpQueryParams?: unknown
  readonly httpLabel?: unknown
  readonly httpPayload?: unknown
  readonly httpResponseCode?: unknown
}

export type Schema = NormalizedSchema
type SchemaReference = Parameters<typeof NormalizedSchema.of>[0]

const schemaOf = (reference: unknown): Schema => NormalizedSchema.of(reference as SchemaReference)
export const traitsOf = (schema: Schema): Traits => schema.getMergedTraits() as Traits

const DATE_TIME = 5
const EPOCH_SECONDS = 7

/** A timestamp's format where the schema names one; a protocol has its own default. */
export function timestampFormat(schema: Schema): 'date-time' | 'epoch-seconds' | undefined {
  const format: unknown = schema.getSchema()
  return format === DATE_TIME ? 'date-time' : format === EPOCH_SECONDS ? 'epoch-seconds' : undefined
}

/** From seconds since 1970 or text; undefined for what is no moment. */
export function dateOf(value: number | string): Date | undefined {
  const isSeconds = typeof value === 'number' || /^\d+(\.\d+)?$/.test(value)
  const date = new Date(isSeconds ? Math.round(Number(value) * 1000) : value)
  return Number.isNaN(date.getTime()) ? undefined : date
}

/** An operation's schemas, as `X$` exports of an SDK client hold them. */
export interface Operation {
  readonly name: string
  readonly input: Schema
  readonly output: Schema
  /** Where it is found by protocols that go by method and path; the path can hold labels and a query. */
  readonly http?: readonly [method: string, path: string, status: number]
  /** Members of the input that must be there. */
  readonly required: readonly string[]
}

const OPERATION = 9
const ERROR = -3

/** All operations and modelled query errors of an SDK client module, by name. */
export function readSchemas(sdk: object): { operations: Map<string, Operation>; queryErrors: Map<string, Traits> } {
  const operations = new Map<string, Operation>()
  const queryErrors = new Map<string, Traits>()
  for (const [key, value] of Object.entries(sdk)) {
    if (!key.endsWith('$') || !Array.isArray(value)) continue
    const [kind, , name, traits, input, output] = value
    if (kind === OPERATION) {
      const required = requiredOf(input())
      const http = traits?.http && { http: traits.http }
      operations.set(name, { name, input: schemaOf(input()), output: schemaOf(output()), required, ...http })
    }
    if (kind === ERROR && traits?.awsQueryError) queryErrors.set(name, traits)
  }
  return { operations, queryErrors }
}

/** A structure is a list of its kind, namespace, name, traits, members, their schemas, and how many of these are required. */
const requiredOf = (structure: unknown): string[] => {
  const [, , , , members = [], , count = 0] = Array.isArray(structure) ? structure : []
  return members.slice(0, count)
}
