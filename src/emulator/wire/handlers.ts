import type { Call } from '../world.ts'

type Member<Instance, Name extends string> = Instance extends { readonly [K in Name]: infer Value } ? Value : never
type Output<Instance> = Instance extends {
  resolveMiddleware(stack: never, configuration: never, options: never): (arguments_: never) => Promise<infer Result>
}
  ? Omit<Member<Result, 'output'>, '$metadata'>
  : never

type OperationOf<Key> = Key extends `${infer Name}Command` ? Name : never
type CommandOf<Sdk, Name extends string> = `${Name}Command` extends keyof Sdk
  ? Sdk[`${Name}Command`] extends abstract new (
      ...input: never[]
    ) => infer Instance
    ? Instance
    : never
  : never

/** The input of an operation of an SDK client module, by the operation's name. */
type InputOf<Sdk, Name extends string> = Member<CommandOf<Sdk, Name>, 'input'>
/** The output of an operation, without the SDK's metadata. */
type OutputOf<Sdk, Name extends string> = Output<CommandOf<Sdk, Name>>

/** One function an operation, typed by the SDK's own command classes. */
export type Handlers<Sdk> = {
  [Name in OperationOf<keyof Sdk>]?: (
    input: InputOf<Sdk, Name>,
    call: Call,
  ) => OutputOf<Sdk, Name> | Promise<OutputOf<Sdk, Name>>
}
