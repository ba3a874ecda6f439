import type { Context, LocalServer } from '../context.ts'
import { UserError } from '../errors.ts'
import type { CommonFlags } from './flags.ts'
import { missingFlags } from './init.ts'
import { projectFolder } from './steps/manifest.ts'

export type LocalFlags = Pick<CommonFlags, 'manifest' | 'region' | 'yes'>

export interface LocalStatus {
  readonly running: boolean
  readonly endpoint: string | null
  readonly pid: number | null
  /** Whether tasks run as containers. */
  readonly docker: boolean
}

const statusOf = (server: LocalServer | undefined): LocalStatus => ({
  running: server !== undefined,
  endpoint: server?.endpoint ?? null,
  pid: server?.pid ?? null,
  docker: server?.docker ?? false,
})

export const localStart = async (flags: LocalFlags, context: Context): Promise<LocalStatus> =>
  statusOf(await context.local.start(projectFolder(flags, context)))

export const localStatus = async (flags: LocalFlags, context: Context): Promise<LocalStatus> =>
  statusOf(await context.local.find(projectFolder(flags, context)))

export async function localStop(flags: LocalFlags, context: Context): Promise<LocalStatus & { stopped: boolean }> {
  const stopped = await context.local.stop(projectFolder(flags, context))
  return { ...statusOf(undefined), stopped }
}

/** Forgets everything that was deployed to it: asks first. */
export async function localReset(flags: LocalFlags, context: Context): Promise<LocalStatus & { reset: true }> {
  const { ask } = context
  if (!flags.yes) {
    if (!ask.interactive) throw missingFlags(['--yes'])
    const sure = await ask.confirm({ message: 'Forget everything in the embedded AWS of this folder?', initial: false })
    if (!sure) throw new UserError('cancelled', 'Nothing was changed')
  }
  await context.local.reset(projectFolder(flags, context))
  return { ...statusOf(undefined), reset: true }
}

export interface LocalEnvironment {
  readonly variables: Readonly<Record<string, string>>
}

/** What points any AWS client at the embedded AWS, which is started if it does not run. */
export async function localEnv(flags: LocalFlags, context: Context): Promise<LocalEnvironment> {
  const { endpoint } = await context.local.start(projectFolder(flags, context))
  const region = flags.region ?? 'us-east-1'
  return {
    variables: {
      AWS_ENDPOINT_URL: endpoint,
      AWS_ACCESS_KEY_ID: 'img2vid-local',
      AWS_SECRET_ACCESS_KEY: 'img2vid-local',
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
    },
  }
}

export function presentLocal({ running, endpoint, pid, docker }: LocalStatus): string {
  if (!running) return 'the embedded AWS of this folder does not run'
  const tasks = docker ? 'tasks are containers' : 'tasks are simulated: there is no Docker engine'
  return `the embedded AWS runs at ${endpoint} (process ${pid}); ${tasks}`
}

export const presentLocalStop = ({ stopped }: { stopped: boolean }): string =>
  stopped ? 'the embedded AWS is stopped; what was in it is kept' : 'the embedded AWS of this folder does not run'

export const presentLocalReset = (): string => 'the embedded AWS of this folder is empty'

export const presentLocalEnv = ({ variables }: LocalEnvironment): string =>
  Object.entries(variables)
    .map(([name, value]) => `export ${name}=${value}`)
    .join('\n')
