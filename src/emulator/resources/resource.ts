import type { Call, World } from '../world.ts'

export type Properties = Readonly<Record<string, unknown>>

/** A tag as CloudFormation and most services write it. */
export interface Tag {
  readonly Key: string
  readonly Value: string
}

/** What a resource's handler is told beside its properties. */
export interface ResourceContext {
  readonly world: World
  readonly call: Call
  readonly stack: { readonly id: string; readonly name: string }
  readonly logicalId: string
  /** Aborted when the operation is cancelled. */
  readonly signal: AbortSignal
  /** A name as CloudFormation makes it: `<stack>-<logical id>-<suffix>`, cut in front of the suffix. */
  name(maximumLength?: number): string
  /** The resource's own tags, the stack's, and CloudFormation's `aws:cloudformation:*`. */
  tags(own?: unknown): Tag[]
}

/**
 * What create, update and delete of a CloudFormation resource type mean to the services' state.
 * Properties come resolved, validated and coerced to the types of the resource schema.
 * A handler throws AwsError as the service does; the engine turns it into an event's reason.
 */
export interface ResourceType<P = Properties> {
  /** What AWS takes for a create beyond what the service's own state shows; 2 s unless said otherwise. */
  readonly seconds?: number
  /** Properties that are validated and kept, and change nothing of what the embedded AWS does. */
  readonly stored?: readonly string[] | ((properties: P, world: World) => readonly string[])
  /** Returns the physical id, which is what Ref gives. */
  create(properties: P, context: ResourceContext): string | Promise<string>
  /** Resolves when the resource is in service; throws when it will never be. Also called after an update. */
  stabilize?(id: string, context: ResourceContext): Promise<void>
  /** Changes in place what the schema says can be changed in place. Without it every change replaces. */
  update?(id: string, properties: P, before: P, context: ResourceContext): void | Promise<void>
  /** Resolves when it is gone. An id that is gone already is no error. */
  delete(id: string, properties: P, context: ResourceContext): void | Promise<void>
  /** What Fn::GetAtt gives, by attribute name. */
  attributes?(id: string, context: ResourceContext): Properties
}

/** Lets a family's file state its property types, and forgets them for the table of all types. */
export const resource = <P>(type: ResourceType<P>): ResourceType => type as unknown as ResourceType

/** Runs a deletion for which "does not exist" is success. */
export async function ignoringAbsent(codes: readonly string[], action: () => unknown): Promise<void> {
  try {
    await action()
  } catch (error) {
    if (!codes.includes((error as { code?: string }).code ?? '')) throw error
  }
}

/** Asks again every `seconds` of AWS's time until the answer is true. */
export async function until(
  context: ResourceContext,
  seconds: number,
  settled: () => boolean | Promise<boolean>,
): Promise<void> {
  while (!(await settled())) await context.world.clock.sleep(seconds * 1000, context.signal)
}
