import type { Context } from '../context.ts'
import type { CommonFlags, TimeoutFlags } from './flags.ts'
import { connect, localNotes, localText } from './steps/connect.ts'
import { followed } from './steps/follow.ts'
import { goingOn, leavable } from './steps/leave.ts'
import { loadEnvironment } from './steps/manifest.ts'
import { recorded } from './steps/recorded.ts'

export type WatchFlags = CommonFlags & TimeoutFlags

export interface WatchedStacks {
  readonly app: string
  readonly environment: string
  readonly region: string
  /** Of each stack with which something went on, how it ended; `DELETE_COMPLETE` when it is gone. */
  readonly stacks: Readonly<Record<string, string>>
  readonly local?: true
  readonly tasks?: 'containers' | 'simulated'
}

/** Follows what goes on in an environment, whoever began it and wherever, to its end; changes nothing. */
export async function watch(flags: WatchFlags, context: Context): Promise<WatchedStacks> {
  const environment = await loadEnvironment(flags, context)
  const aws = await connect(flags, environment, context)
  const { app, name } = environment
  const base = { app, environment: name, region: aws.region, ...localNotes(aws) }
  if ((await goingOn(environment, aws)).length === 0) return { ...base, stacks: {} }
  return recorded('watch', environment, flags, aws, context, async (context) => {
    const stacks = await leavable(environment, 'watch', flags.timeout, aws, context, () =>
      followed(environment, aws, context),
    )
    return { ...base, stacks }
  })
}

export function presentWatch(result: WatchedStacks): string {
  const { app, environment, stacks } = result
  const ended = Object.entries(stacks)
  const headline =
    ended.length > 0
      ? `what went on in ${app} / ${environment} ended well`
      : `nothing goes on in ${app} / ${environment}`
  return [headline, ...ended.map(([name, status]) => `  ${name}  ${status}`), ...localText(result)].join('\n')
}
