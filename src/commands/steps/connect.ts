import type { Aws, Context, Target } from '../../context.ts'
import type { Environment } from '../../plan/manifest/model.ts'
import type { CommonFlags } from '../flags.ts'
import { projectFolder } from './manifest.ts'

/** AWS as flags and the environment say; with `--local` the embedded one, started when it does not run. */
export async function connect(
  flags: CommonFlags,
  environment: Pick<Environment, 'region' | 'profile' | 'role'>,
  context: Context,
): Promise<Aws> {
  const region = flags.region ?? environment.region
  if (flags.local) {
    const local = await context.local.start(projectFolder(flags, context))
    return context.connect({ region, profile: undefined, local })
  }
  const target: Target = { region, profile: flags.profile ?? environment.profile, role: environment.role }
  return context.connect(target)
}

/** What every result of the embedded AWS says: it is a rehearsal, and whether containers took part. */
export const localNotes = ({ local }: Aws): { readonly local?: true; readonly tasks?: 'containers' | 'simulated' } =>
  local ? { local: true, tasks: local.docker ? 'containers' : 'simulated' } : {}

/** In words, for people. */
export const localText = ({ local, tasks }: ReturnType<typeof localNotes>): string[] =>
  local
    ? [
        tasks === 'containers'
          ? 'on the embedded AWS: real containers, but no proof of capacity, permissions or quotas'
          : 'on the embedded AWS, with simulated tasks: there is no Docker engine, and no container ran',
      ]
    : []
